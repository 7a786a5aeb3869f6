/// Why a photo cannot be used. `reason` is one sentence without the photo's name, which the caller knows.
public struct ImageError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, Codable {
        case empty = "empty_file"
        case unreadable = "unreadable_file"
        case unsupported = "unsupported_format"
        case truncated = "truncated_image"
        case corrupt = "corrupt_image"
        case tooManyBytes = "too_many_bytes"
        case tooManyPixels = "too_many_pixels"
        case tooManyFrames = "too_many_frames"
        case tooManyScans = "too_many_scans"
    }

    public let code: Code
    public let reason: String

    public init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    public var description: String { reason }
}
