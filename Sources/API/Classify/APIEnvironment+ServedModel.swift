import Domain
import Serving
import Storage

extension APIEnvironment {
    /// The version of a model that answers.
    /// - Parameter version: its number, or an alias; `latest` by default.
    /// - Throws: `RegraftError`: `unknown_model`, `unknown_version`, `unknown_alias`, `invalid_name`; and what loading throws.
    func servedModel(_ name: ResourceName, version: String?) async throws -> ServedModel {
        let selector = version ?? "latest"
        if let number = Int(selector) {
            if let loaded = registry.model(name, version: number) { return loaded }
            let version: ModelVersion = try await catalog.requiredVersion(number, of: name)
            let loaded = try await loader.load(version)
            registry.remember(loaded)
            return loaded
        }
        let alias = try ResourceName(selector, kind: "version or alias")
        if let served = registry.model(name, alias: alias) { return served }
        let model = try await catalog.requiredModel(name)
        let known = model.aliases.map(\.alias.text).joined(separator: ", ")
        throw RegraftError(
            "unknown_alias",
            "The model '\(name)' has no alias '\(alias)' that answers; it has "
                + (known.isEmpty ? "none. Name a version by its number, or PUT an alias." : "\(known)."))
    }
}
