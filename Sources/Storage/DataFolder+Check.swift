import Domain
import Foundation

extension DataFolder {
    /// What a server makes, and what may have been made before a first start was cut off.
    private static let own: Set<String> = [
        "LOCK", "blobs", "bottlenecks.sqlite", "bottlenecks.sqlite-shm", "bottlenecks.sqlite-wal", "logs", "reserve",
        "tmp",
    ]

    /// - Throws: `RegraftError` where the path names a file, or a folder that holds something and no catalog, so that it is
    ///   hardly meant: somebody's photos would lie among a server's files.
    static func refuseOthersFiles(_ url: URL) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else { return }
        guard isFolder.boolValue else {
            throw RegraftError(
                "data_folder_unusable",
                "The data folder \(url.path) is a file. Name a folder, which is made where it is missing.")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: url.path)
        guard !names.contains("catalog.sqlite") else { return }
        // A file system's own folder, and what is hidden, is in many that are otherwise empty.
        let others = names.filter { !$0.hasPrefix(".") && $0 != "lost+found" && !own.contains($0) }.sorted()
        guard let first = others.first else { return }
        throw RegraftError(
            "data_folder_unusable",
            "The data folder \(url.path) has no catalog and holds other files (\(first.printable)"
                + (others.count > 1 ? " and \(others.count - 1) more" : "")
                + "). Name an empty or a new folder; photos are uploaded to the server.")
    }
}
