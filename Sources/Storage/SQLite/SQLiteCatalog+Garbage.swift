public import Domain
import GRDB

extension SQLiteCatalog {
    public func garbage(limit: Int) async throws -> [PhotoDigest] {
        try await read { database in
            try Row.fetchAll(database, sql: "SELECT digest FROM garbage LIMIT ?", arguments: [limit])
                .map { $0.digest("digest") }
        }
    }

    public func referenced(_ digests: [PhotoDigest]) async throws -> Set<PhotoDigest> {
        try await read { database in
            try Set(
                digests.filter { digest in
                    try Bool.fetchOne(
                        database.cachedStatement(
                            sql: Self.isReferenced), arguments: ["digest": digest.data]) ?? false
                })
        }
    }

    static let isReferenced = """
        SELECT EXISTS (SELECT 1 FROM image WHERE digest = :digest)
            OR EXISTS (SELECT 1 FROM golden_photo WHERE digest = :digest)
            OR EXISTS (SELECT 1 FROM model_version WHERE head = :digest)
            OR EXISTS (SELECT 1 FROM model_version WHERE evaluation = :digest)
            OR EXISTS (SELECT 1 FROM job WHERE archive = :digest)
        """

    public func forgetGarbage(_ digests: [PhotoDigest]) async throws {
        try await delete { database in
            for digest in digests {
                try database.execute(sql: "DELETE FROM garbage WHERE digest = ?", arguments: [digest.data])
            }
        }
    }
}
