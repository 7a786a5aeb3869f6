import Domain
import HTTP
import Serving
import Storage

extension APIEnvironment {
    /// The version of a model that answers.
    /// - Parameter version: its number, or an alias; `latest` by default.
    /// - Throws: `RegraftError`: `unknown_model`, `unknown_version`, `unknown_alias`, `invalid_name`; and what loading throws.
    ///   `Problem` (503) for an alias that is there and answers nobody.
    func servedModel(_ name: ResourceName, version: String?) async throws -> ServedModel {
        let selector = version ?? "latest"
        if let number = Int(selector) { return try await servedModel(name, number: number) }
        let alias = try ResourceName(selector, kind: "version or alias")
        if let served = registry.model(name, alias: alias) { return served }
        let model = try await catalog.requiredModel(name)
        if let found = model.aliases.first(where: { $0.alias == alias }) { throw unavailable(found) }
        let known = model.aliases.map(\.alias.text).joined(separator: ", ")
        throw RegraftError(
            "unknown_alias",
            "The model '\(name)' has no alias '\(alias)' that answers; it has "
                + (known.isEmpty ? "none. Name a version by its number, or PUT an alias." : "\(known)."))
    }

    private func servedModel(_ name: ResourceName, number: Int) async throws -> ServedModel {
        if let loaded = registry.model(name, version: number) { return loaded }
        let version: ModelVersion = try await catalog.requiredVersion(number, of: name)
        let loaded = try await loader.load(version)
        try await registry.exclusively {
            // Deleted while it was loaded: another one that gets its number must not be answered for by it.
            guard try await catalog.version(number, of: name) == version else { return }
            registry.remember(loaded)
        }
        return loaded
    }

    /// What is said where models were retrained, and none of them can answer: the backbone's own classes would look like an
    /// answer. Nil where there is none yet.
    /// - Throws: `RegraftError` (`nothing_to_classify_with`) where there are models, and `latest` names none of them.
    func unavailable() async throws -> Problem? {
        // Few, where none of them answers; else nobody comes here.
        let newest = try await catalog.aliases().filter { $0.alias == .latest }.max { $0.movedAt < $1.movedAt }
        if let newest { return unavailable(newest) }
        guard let model = try await catalog.models(after: nil, limit: 1).first?.name else { return nil }
        throw RegraftError(
            "nothing_to_classify_with",
            "There are models, and no version of them has been promoted: none has the alias 'latest'. Name a model and a version, "
                + "as in POST /v1/models/\(model)/classify?version=1; or PUT {\"version\": 1} to "
                + "/v1/models/\(model)/aliases/latest.")
    }

    private func unavailable(_ alias: ModelAlias) -> Problem {
        var problem = Problem(
            .serviceUnavailable, type: "urn:regraft:problem:model-unavailable",
            "The model '\(alias.model)' is being loaded; try again in a second.")
        guard let reason = registry.obstacle(alias.model, alias: alias.alias) else {
            problem.headers[.retryAfter] = "1"
            return problem
        }
        problem.detail =
            "The alias '\(alias.alias)' of the model '\(alias.model)' answers nobody, because no version that it has named can be "
            + "used: its head is damaged, or its backbone is missing or another one (\(reason)). Retrain the model; or mend what "
            + "is said here, and PUT a version to /v1/models/\(alias.model)/aliases/\(alias.alias)."
        return problem
    }
}
