import Archives
import Foundation
import TestSupport

/// Everything that an archive gave.
struct Listing {
    var files: [(path: String, content: [UInt8])] = []
    /// Path and reason; those refused at their content, too.
    var refused: [(path: String, reason: String)] = []
    var error: ArchiveError?
    var entries = 0
    var passedOver = 0
    var ignored = 0
    var largestPiece = 0

    var paths: [String] { files.map(\.path) }
    var reasons: [String] { refused.map(\.reason) }

    init(_ file: URL, limits: ArchiveLimits = ArchiveLimits()) throws {
        do {
            let reader = try ArchiveReader(file, limits: limits)
            defer { (entries, passedOver, ignored) = (reader.entries, reader.passedOver, reader.ignored) }
            while let item = try reader.next() {
                switch item {
                case .refused(let path, let reason): refused.append((path, reason))
                case .file(let path, _):
                    var content: [UInt8] = []
                    let outcome = try reader.readContent { piece in
                        largestPiece = max(largestPiece, piece.count)
                        content += piece
                    }
                    switch outcome {
                    case .complete: files.append((path, content))
                    case .refused(let reason): refused.append((path, reason))
                    }
                }
            }
        } catch let error as ArchiveError { self.error = error }
    }

    init(_ bytes: [UInt8], limits: ArchiveLimits = ArchiveLimits()) throws {
        let folder = try TemporaryFolder()
        try self.init(folder.write(Data(bytes), to: "archive"), limits: limits)
    }
}
