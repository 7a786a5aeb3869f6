import Domain
import Foundation
import Storage

// Values for tests of the catalog, short because there are many.

let pets = ResourceName(trusted: "pets")
let birds = ResourceName(trusted: "birds")
let latest = ModelAlias.latest

func name(_ text: String) -> ResourceName { ResourceName(trusted: text) }

/// Seconds after the tests' beginning of time.
func at(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1_700_000_000 + seconds) }

func digest(_ number: Int) -> PhotoDigest {
    PhotoDigest(bytes: (0..<32).map { UInt8(truncatingIfNeeded: number >> (8 * (31 - $0))) })
}

func photo(_ number: Int, _ label: String, file: String? = nil) -> NewImage {
    NewImage(
        digest: digest(number), label: Label(trusted: label), fileName: file ?? "\(number).jpg", byteCount: 100 + number
    )
}

func upload(
    _ dataset: ResourceName = pets, archive: Int = 9_000, mode: IngestSpecification.Mode = .replace
) -> IngestSpecification {
    IngestSpecification(
        dataset: dataset, source: .archive(digest: digest(archive), byteCount: 1_000), layout: .automatic, mode: mode)
}

func training(_ dataset: ResourceName = pets, version: Int = 1, model: ResourceName = pets) -> TrainSpecification {
    TrainSpecification(dataset: dataset, datasetVersion: version, model: model, backbone: "stub")
}

/// Its blobs are `digest(head)` and the two after it.
func draft(_ model: ResourceName = pets, head: Int = 7_000) -> ModelVersion {
    var metrics = JobMetrics()
    (metrics.testAccuracy, metrics.crossEntropy) = (0.875, 0.1)
    return ModelVersion(
        model: model, number: 0, createdAt: at(0), job: nil, dataset: pets, datasetVersion: 1, backbone: "stub",
        backboneHash: "0123", fit: .crop, recipe: .auto, labels: [Label(trusted: "cat"), Label(trusted: "dog")],
        head: digest(head), evaluation: digest(head + 1), metrics: metrics,
        golden: [GoldenPhoto(digest: digest(head + 2), probabilities: [0.1, 1 / 3])])
}

/// As `draft`, of a model that was trained elsewhere, and without golden photos.
func importedDraft(_ model: ResourceName = pets, head: Int = 7_500) -> ModelVersion {
    let trained = draft(model, head: head)
    return ModelVersion(
        model: model, number: 0, createdAt: at(0), job: nil, dataset: nil, datasetVersion: nil, backbone: "stub",
        backboneHash: "0123", fit: .crop, recipe: .retrain, labels: trained.labels, head: digest(head),
        evaluation: digest(head + 1), metrics: trained.metrics, golden: [],
        imported: ModelImport(
            model: "felines", version: 4, dataset: "cats", datasetVersion: nil, createdAt: at(-9), regraft: "0.1.0",
            file: digest(head + 2)))
}

func key(_ key: String, scope: String = "POST /v1/jobs", asking fingerprint: String = "a") -> IdempotencyKey {
    IdempotencyKey(key: key, scope: scope, fingerprint: fingerprint)
}

func event(_ sequence: Int, _ data: String = "{}") -> JobEvent {
    JobEvent(sequence: sequence, kind: .progress, at: at(Double(sequence)), data: data)
}

extension Catalog {
    @discardableResult
    func add(_ images: [NewImage], to dataset: ResourceName = pets, at time: Date = at(0)) async throws -> AddedImages {
        try await add(images, to: dataset, idempotency: nil, at: time)
    }

    func submit(_ ingest: IngestSpecification, priority: Int = 0, at time: Date = at(0)) async throws -> Job {
        try await submit(ingest, priority: priority, idempotency: nil, at: time).job
    }

    func submit(_ training: TrainSpecification, priority: Int = 0, at time: Date = at(0)) async throws -> Job {
        try await submit(training, priority: priority, idempotency: nil, at: time).job
    }

    /// For half a minute.
    func claim(_ kind: Job.Kind, at time: Date = at(0)) async throws -> (job: Job, lease: JobLease)? {
        try await claim(kind, lease: 30, at: time)
    }

    func ingest(_ images: [NewImage], refused: [RefusedFile], _ lease: JobLease) async throws {
        try await ingest(images, refused: refused, ignored: 0, lease)
    }

    func beginIngest(
        _ dataset: ResourceName = pets, archive: Int = 9_000, mode: IngestSpecification.Mode = .replace
    ) async throws -> JobLease {
        _ = try await submit(upload(dataset, archive: archive, mode: mode))
        guard let (_, lease) = try await claim(.ingest) else { throw CancellationError() }
        return lease
    }

    func beginTraining(_ dataset: ResourceName = pets, model: ResourceName = pets) async throws -> JobLease {
        _ = try await submit(training(dataset, model: model))
        guard let (_, lease) = try await claim(.train) else { throw CancellationError() }
        return lease
    }

    /// A model's next version, on photos that are added where there are none.
    @discardableResult
    func train(_ model: ResourceName = pets, head: Int = 7_000, move: AliasMove? = nil) async throws -> ModelVersion {
        if try await dataset(pets) == nil { try await add([photo(1, "cat"), photo(2, "dog")]) }
        let lease = try await beginTraining(model: model)
        return try await publish(draft(model, head: head), lease, move: move, at: at(5)).version
    }

    func digests(_ dataset: ResourceName = pets, version: Int, label: String? = nil) async throws -> [PhotoDigest] {
        try await images(
            of: dataset, version: version, label: label.map(Label.init(trusted:)), split: nil, after: nil, limit: 1_000
        ).map(\.digest)
    }
}
