import Foundation

/// Something that stops a whole operation. `message` says what was wrong, with what, and what to do about it;
/// `code` is stable and is what programs compare.
public struct RegraftError: Error, Sendable, CustomStringConvertible {
    public struct Code: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public init(stringLiteral value: String) { rawValue = value }
    }

    public let code: Code
    public let message: String
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String {
        switch cause {
        case nil: message
        // Foundation's errors describe themselves to programmers; this is their sentence for people.
        case let cause as CocoaError: "\(message) (\(cause.localizedDescription))"
        case let cause as POSIXError: "\(message) (\(cause.localizedDescription))"
        case let cause?: "\(message) (\(cause))"
        }
    }
}
