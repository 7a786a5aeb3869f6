import Domain
import Foundation
import HTTP
import Storage

/// A model's version, and what is stored of it, by the path of a request.
extension APIEnvironment {
    /// By its number or by an alias.
    func version(_ request: Request) async throws -> ModelVersion {
        try await version(named: try request.parameters.get("version"), of: try request.name("model"))
    }

    func numberedVersion(_ request: Request) async throws -> ModelVersion {
        let number = try request.parameters.get("version", as: Int.self)
        return try await catalog.requiredVersion(number, of: try request.name("model"))
    }

    /// By its number or by an alias.
    func version(named text: String, of model: ResourceName) async throws -> ModelVersion {
        if let number = Int(text) {
            // Of +1 and 01 there would be more than one address of a version.
            guard "\(number)" == text else {
                throw RegraftError(
                    "unknown_version",
                    "There is no version '\(text.prefix(40).description.printable)' of the model '\(model)'.")
            }
            return try await catalog.requiredVersion(number, of: model)
        }
        let alias = try await catalog.requiredAlias(try ResourceName(text, kind: "alias"), of: model)
        return try await catalog.requiredVersion(alias.version, of: model)
    }

    /// - Throws: `Problem` (404) where it is gone.
    func blob(_ digest: PhotoDigest, what: String) async throws -> Data {
        let blobs = blobs
        guard let data = try await readPool.run({ _ in try blobs.read(digest) }) else {
            throw Problem(.notFound, "The version's \(what) is no longer there.")
        }
        return data
    }
}
