import Domain
import Foundation
import Storage
import Synchronization

/// Each implementation of the catalog: what one promises all keep.
enum CatalogUnderTest: String, CaseIterable, Sendable {
    case memory, sqlite

    static let all = allCases

    func make() throws -> any Catalog {
        switch self {
        case .memory: InMemoryCatalog()
        case .sqlite: try SQLiteCatalog(folder: CatalogFolders.make())
        }
    }
}

/// SQLite opens its files again later, so the folders stay until the tests are over.
private enum CatalogFolders {
    static let all = Mutex<[URL]>([])
    static let removal: Void = {
        atexit { CatalogFolders.all.withLock { for folder in $0 { try? FileManager.default.removeItem(at: folder) } } }
    }()

    static func make() throws -> URL {
        _ = removal
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("regraft-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        all.withLock { $0.append(folder) }
        return folder
    }
}

/// The code of the error, or nil where there is none.
func code(_ body: () async throws -> some Any) async -> String? {
    do {
        _ = try await body()
        return nil
    } catch {
        return (error as? RegraftError)?.code.rawValue ?? "another error: \(error)"
    }
}
