import Archives
import Domain
import Foundation
import Workers

/// A file of an archive that has a label, in memory.
struct ArchivedPhoto: Sendable {
    let label: Label
    let fileName: String
    /// As in the archive.
    let path: String
    let bytes: Data
}

/// What an archive holds, a few files at a time.
///
/// `@unchecked Sendable`: one task uses it, one call after the other, on whatever thread.
final class ArchiveBatches: @unchecked Sendable {
    struct Batch: Sendable {
        var photos: [ArchivedPhoto] = []
        var refused: [RefusedFile] = []
        /// Files that are named and not there.
        var missing: [RefusedFile] = []
        /// Files that were passed over on the way to these.
        var ignored = 0

        /// Items of the archive.
        var count: Int { photos.count + refused.count }
    }

    private let reader: ArchiveReader
    private let layout: ArchiveLayout
    private let cancellation: Cancellation
    /// Of `labels.csv`, as far as they have been found.
    private var found: Set<String> = []
    /// Those that have not, once all of the archive has been read.
    private var missing: ArraySlice<String>?
    private static let photosAtOnce = 64
    private static let missingAtOnce = 1000
    private static let bytesAtOnce = 32 << 20

    init(_ file: URL, _ layout: ArchiveLayout, limits: ArchiveLimits) throws {
        let cancellation = Cancellation()
        self.cancellation = cancellation
        self.layout = layout
        reader = try ArchiveReader(file, limits: limits) { try cancellation.check() }
    }

    /// The next files; nil at the end.
    /// - Throws: `ArchiveError`, `CancellationError`.
    func next(_ flag: CancellationFlag) throws -> Batch? {
        cancellation.flag = flag
        var (batch, size) = (Batch(), 0)
        let ignored = reader.ignored
        while batch.count < Self.photosAtOnce, size < Self.bytesAtOnce {
            guard let item = try reader.next() else {
                batch.missing = nextMissing()
                break
            }
            switch item {
            case .refused(let path, let reason):
                batch.refused.append(RefusedFile(path: path, code: "refused_entry", reason: reason))
            case .file(let path, _):
                switch layout.place(path, listed: { found.insert($0) }) {
                case .ignored: continue
                case .refused(let code, let reason):
                    batch.refused.append(RefusedFile(path: path, code: code, reason: reason))
                case .photo(let label, let fileName):
                    var bytes = Data()
                    switch try reader.readContent({ bytes.append(contentsOf: $0) }) {
                    case .complete:
                        size += bytes.count
                        batch.photos.append(
                            ArchivedPhoto(label: label, fileName: fileName, path: path, bytes: bytes))
                    case .refused(let reason):
                        batch.refused.append(RefusedFile(path: path, code: "damaged_entry", reason: reason))
                    }
                }
            }
        }
        batch.ignored = reader.ignored - ignored
        return batch.count + batch.missing.count + batch.ignored > 0 ? batch : nil
    }

    private func nextMissing() -> [RefusedFile] {
        let all = missing ?? layout.listedNames.filter { !found.contains($0) }[...]
        missing = all.dropFirst(Self.missingAtOnce)
        return all.prefix(Self.missingAtOnce).map { name in
            RefusedFile(
                path: name, code: "missing_file",
                reason: "\(ArchiveLayout.listName) names it, and the archive has no such file")
        }
    }

    /// Reads all paths of an archive, and its `labels.csv`: at once of a zip, which has a directory; of anything else by going
    /// through all of it.
    /// - Parameter progress: how much of the file has been gone through, and its length, in bytes.
    static func survey(
        _ file: URL, limits: ArchiveLimits, _ flag: CancellationFlag, progress: (_ done: Int, _ total: Int) -> Void
    ) throws -> (ArchiveSurvey, Data?) {
        let reader = try ArchiveReader(file, limits: limits) { try flag.check() }
        var (survey, list): (ArchiveSurvey, Data?) = (ArchiveSurvey(), nil)
        while let item = try reader.next() {
            progress(reader.bytesConsumed, reader.length)
            guard case .file(let path, _) = item else {
                survey.addRefused()
                continue
            }
            let before = survey.listPath
            survey.add(path)
            if survey.listPath != before {
                var bytes = Data()
                if case .complete = try reader.readContent({ bytes.append(contentsOf: $0) }) { list = bytes }
            }
        }
        return (survey, list)
    }

    /// The flag of the call that is going on.
    private final class Cancellation {
        var flag: CancellationFlag?
        func check() throws { try flag?.check() }
    }
}
