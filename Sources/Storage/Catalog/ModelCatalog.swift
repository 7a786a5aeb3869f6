public import Domain
public import Foundation

/// What is known of models, their versions and aliases. Every call is one transaction.
///
/// Errors are `RegraftError`s: `unknown_model`, `unknown_version`, `unknown_alias`, `generation_mismatch` (the alias has moved
/// since), `version_in_use` (an alias names it), `model_in_use` (a job trains it), `lease_lost`, `idempotency_key_reused`; and
/// what the storage itself throws.
public protocol ModelCatalog: Sendable {
    /// By name.
    func models(after name: ResourceName?, limit: Int) async throws -> [Model]
    func model(_ name: ResourceName) async throws -> Model?
    /// How many other models than this one there are, or will be when the jobs that are queued or run have made theirs.
    func modelCount(besides name: ResourceName) async throws -> Int
    /// The newest first.
    func versions(of model: ResourceName, before number: Int?, limit: Int) async throws -> [ModelVersion]
    func version(_ number: Int, of model: ResourceName) async throws -> ModelVersion?
    /// Every alias of every model.
    func aliases() async throws -> [ModelAlias]
    func alias(_ alias: ResourceName, of model: ResourceName) async throws -> ModelAlias?
    /// Where an alias has pointed, the newest move first.
    func history(of alias: ResourceName, model: ResourceName, limit: Int) async throws -> [ModelAlias]

    /// Adds a version, makes its job succeeded, and moves an alias to it where that is wanted: all or nothing.
    /// - Parameters:
    ///   - draft: its `number` is not looked at; the next one is taken.
    ///   - move: with the generation that the alias must still have; 0 where it must not be there yet.
    ///   - splits: what each photo of its dataset was used for, to be kept as by `recordSplits`.
    func publish(
        _ draft: ModelVersion, _ lease: JobLease, move: AliasMove?, splits: [Int64: Split], at time: Date
    ) async throws -> (version: ModelVersion, alias: ModelAlias?, job: Job)
    /// Adds a version that was trained elsewhere, and moves an alias to it where that is wanted: all or nothing.
    /// - Parameters:
    ///   - draft: as for `publish`; it has no job and no dataset.
    ///   - move: as for `publish`; where the request was made before, it is not looked at.
    func add(
        imported draft: ModelVersion, move: AliasMove?, idempotency: IdempotencyKey?, at time: Date
    ) async throws -> ImportedVersion
    /// - Parameter generation: the one that the alias must still have, 0 for none; nil: whatever it is.
    func moveAlias(
        _ alias: ResourceName, of model: ResourceName, to version: Int, ifGeneration generation: Int?, at time: Date
    ) async throws -> ModelAlias
    /// - Parameter generation: as for `moveAlias`.
    func removeAlias(_ alias: ResourceName, of model: ResourceName, ifGeneration generation: Int?) async throws
    func deleteVersion(_ number: Int, of model: ResourceName) async throws
    func deleteModel(_ name: ResourceName) async throws
}

extension ModelCatalog {
    /// The same without any photos.
    public func publish(
        _ draft: ModelVersion, _ lease: JobLease, move: AliasMove?, at time: Date
    ) async throws -> (version: ModelVersion, alias: ModelAlias?, job: Job) {
        try await publish(draft, lease, move: move, splits: [:], at: time)
    }
}

public struct AliasMove: Sendable, Equatable {
    public let alias: ResourceName
    public let ifGeneration: Int

    public init(alias: ResourceName, ifGeneration: Int) {
        self.alias = alias
        self.ifGeneration = ifGeneration
    }
}

/// Blobs that nothing needs any more.
public protocol GarbageCatalog: Sendable {
    /// Digests whose last use may be over.
    func garbage(limit: Int) async throws -> [PhotoDigest]
    /// Which of these blobs something still needs.
    func referenced(_ digests: [PhotoDigest]) async throws -> Set<PhotoDigest>
    func forgetGarbage(_ digests: [PhotoDigest]) async throws
}

/// Everything that must not be lost.
///
/// A call that has been made is carried out even when its task is cancelled: to say so is what a cancelled job's task does last.
public protocol Catalog: DatasetCatalog, JobCatalog, ModelCatalog, GarbageCatalog {}
