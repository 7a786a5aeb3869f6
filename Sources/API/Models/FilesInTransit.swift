package import Foundation
package import HTTP
import Synchronization

/// Files that clients are taking away, each in memory once however many take it, and only while somebody does: clients may read as
/// slowly as they like, and a network has some 15 MB.
package final class FilesInTransit: Sendable {
    package final class File: Sendable {
        let data: Data

        fileprivate init(_ data: Data) { self.data = data }
    }

    private struct Reference: Sendable {
        weak let file: File?
    }

    private let files = Mutex<[String: Reference]>([:])

    package init() {}

    /// - Parameter sha256: of the data.
    /// - Returns: a file that somebody else is taking, where it is the same, or else a new one.
    package func share(_ data: Data, sha256: String) -> File {
        files.withLock { files in
            if let file = files[sha256]?.file { return file }
            files = files.filter { $0.value.file != nil }
            let file = File(data)
            files[sha256] = Reference(file: file)
            return file
        }
    }
}

extension FilesInTransit.File {
    private static let pieceSize = 128 << 10

    package var body: ResponseBody {
        .stream(length: data.count) { writer in
            var rest = self.data
            while !rest.isEmpty {
                try await writer.write(Array(rest.prefix(Self.pieceSize)))
                rest = rest.dropFirst(Self.pieceSize)
            }
        }
    }
}
