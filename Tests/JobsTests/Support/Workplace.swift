import Domain
import Fetch
import Foundation
import Images
import Inference
import Jobs
import Logging
import Serving
import Storage
import TestSupport
import Workers

/// Everything that jobs are run with: blobs on the disk, a catalog, and engines that need no network.
final class Workplace: Sendable {
    let folder: TemporaryFolder
    let catalog: any Catalog
    let blobs: any BlobStore
    let gate = BlobGate()
    let cache = StubCache()
    let hub: ProgressHub
    let registry = ModelRegistry()
    let catalogue: BackboneCatalogue
    let loader: ModelLoader
    let promoter: Promoter
    let comparer: VersionComparer
    let runner: JobRunner
    let service: JobService
    let analyst: DatasetAnalyst
    let exporter: ModelExporter
    let priority = ServingPriority()
    let logs: JobLogs
    /// Jobs that the runner and the service have said to be over, in that order.
    let ended = Mutexed<[JobID]>([])
    private let backbones: BackboneHost
    private let engines: Mutexed<[StubEngine]>
    private let listeners: Mutexed<[@Sendable (Workplace, JobID, JobEventData) -> Void]>

    /// - Parameters:
    ///   - folder: of a workplace that there was before, to begin where that one stopped.
    ///   - fetcher: by default of public addresses only.
    ///   - hook: of every engine.
    ///   - drawing: called where the graph of a model is written to its log.
    ///   - around: may put something before the blobs.
    init(
        _ folder: TemporaryFolder? = nil, catalog: any Catalog = InMemoryCatalog(),
        bottlenecks: (any BottleneckCache)? = nil, room: KeptRoom = KeptRoom(minimum: 0) { nil }, trainings: Int = 1,
        fetcher: Fetcher = Fetcher(),
        hook: @escaping StubEngine.Hook = { _, _ in },
        drawing: @escaping @Sendable () -> Void = {}, around: (any BlobStore) -> any BlobStore = { $0 }
    ) throws {
        let folder = try folder ?? TemporaryFolder()
        (self.folder, self.catalog) = (folder, catalog)
        blobs = around(try FileBlobStore(folder: folder.url))
        try folder.write(StubEngine.descriptor, to: "backbones/stub.json")
        try folder.write("no network", to: "backbones/stub.bin")
        let engines = Mutexed<[StubEngine]>([])
        self.engines = engines
        catalogue = try BackboneCatalogue(
            descriptorFolders: [folder.url.appendingPathComponent("backbones")], fileFolders: [])
        let backbones = BackboneHost(catalogue: catalogue) { _, _ in
            let engine = try StubEngine(hook: hook)
            engines.change { $0.append(engine) }
            return engine
        }
        let read: @Sendable (PhotoDigest) throws -> Data? = { [blobs] in try blobs.read($0) }
        loader = ModelLoader(backbones: backbones, read: read)
        promoter = Promoter(loader: loader, classifier: Classifier(priority: priority), read: read)
        let listeners = Mutexed<[@Sendable (Workplace, JobID, JobEventData) -> Void]>([])
        self.listeners = listeners
        let mine = Mutexed<Weak?>(nil)
        hub = ProgressHub(catalog: catalog) { job, event in
            guard let workplace = mine.value?.workplace else { return }
            for listener in listeners.value { listener(workplace, job, event) }
        } failed: { _ in
        }
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logs = JobLogs(folder: folder.url.appendingPathComponent("logs"), log: log) { bundle, backbone in
            drawing()
            return Data("\(backbone.descriptor.id): \(bundle.head.labels.joined(separator: " "))".utf8)
        }
        var environment = JobEnvironment(
            catalog: catalog, blobs: blobs, room: room, gate: gate, bottlenecks: bottlenecks ?? cache, hub: hub,
            backbones: backbones,
            promoter: promoter, registry: registry, priority: priority,
            extractPool: WorkerPool(name: "extract", width: 2), intakePool: WorkerPool(name: "intake", width: 2),
            fitPool: WorkerPool(name: "fit", width: 2),
            ingestPool: WorkerPool(name: "ingest", width: 4), fetcher: fetcher, temporaryFolder: folder.url)
        environment.logs = logs
        comparer = VersionComparer(environment)
        runner = JobRunner(
            environment, trainings: trainings, log: log
        ) { [ended] job in ended.change { $0.append(job.id) } }
        service = JobService(catalog: catalog, runner: runner) { [ended] job in ended.change { $0.append(job.id) } }
        analyst = DatasetAnalyst(environment)
        exporter = ModelExporter(blobs: blobs, backbones: backbones, regraft: "0.0.0")
        self.backbones = backbones
        mine.change { [self] in $0 = Weak(workplace: self) }
    }

    private struct Weak: Sendable {
        weak let workplace: Workplace?
    }

    /// Called with all that jobs say from now on, as they say it.
    func listen(_ listener: @escaping @Sendable (Workplace, JobID, JobEventData) -> Void) {
        listeners.change { $0.append(listener) }
    }

    /// How often the engine for training has run; serving has another one, which is made later.
    var trainingRuns: Int { engines.value.first?.runCount ?? 0 }

    /// - Parameter disk: what its work on blobs is done by.
    func importer(
        maximumModels: Int = 10, disk: WorkerPool = WorkerPool(name: "disk", width: 1)
    ) -> ModelImporter {
        ModelImporter(
            catalog: catalog, blobs: blobs, gate: gate, backbones: backbones, promoter: promoter, registry: registry,
            maximumModels: maximumModels, pool: disk)
    }

    // MARK: Jobs

    /// Runs jobs for as long as `body` takes, and then stops as a server does.
    func running<Value>(_ body: () async throws -> Value) async throws -> Value {
        let task = Task { [runner] in try await runner.run() }
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        task.cancel()
        try await task.value
        return try result.get()
    }

    /// Waits for what comes sooner or later.
    func until(_ condition: () async throws -> Bool) async throws {
        while try await !condition() { try await Task.sleep(for: .milliseconds(2)) }
    }

    /// Waits for a job to be over, with all that it says.
    @discardableResult
    func end(of id: JobID) async throws -> Job {
        while true {
            if let job = try await catalog.job(id), job.state.isFinal, !hub.isOpen(id) { return job }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Removes what nothing refers to, as soon as nobody holds it, until so many blobs are left.
    func sweep(until count: Int) async throws {
        let sweeper = BlobSweeper(catalog: catalog, blobs: blobs, gate: gate)
        try await until {
            try await sweeper.sweep()
            return try (0...UInt8.max).reduce(0) { try $0 + blobs.digests(beginningWith: $1).count } == count
        }
    }

    func events(of id: JobID) async throws -> [JobEvent] { try await catalog.events(of: id, after: 0, limit: 10_000) }

    func submitIngest(
        _ archive: [UInt8], _ dataset: String = "colours", layout: IngestSpecification.Layout = .automatic,
        mode: IngestSpecification.Mode = .replace
    ) async throws -> JobID {
        let digest = try blobs.put(Data(archive))
        return try await service.submit(
            IngestSpecification(
                dataset: name(dataset), source: .archive(digest: digest, byteCount: archive.count), layout: layout,
                mode: mode), priority: 0, idempotency: nil
        ).job.id
    }

    /// A dataset with photos of three colours, without a job.
    func addPhotos(_ count: Int = 12, to dataset: String = "colours") async throws {
        var images: [NewImage] = []
        for colour in MadePhoto.colours.keys.sorted() {
            for number in 0..<count {
                let file = MadePhoto.png(colour, number)
                images.append(
                    NewImage(
                        digest: try blobs.put(file), label: try Label(colour), fileName: "\(number).png",
                        byteCount: file.count))
            }
        }
        _ = try await catalog.add(images, to: name(dataset), idempotency: nil, at: .now)
    }

    func submitTraining(
        _ dataset: String = "colours", model: String? = nil, priority: Int = 0, promotion: PromotionPolicy = .latest,
        _ change: (inout TrainingOptions) -> Void = { _ in }
    ) async throws -> JobID {
        var options = TrainingOptions()
        change(&options)
        return try await service.submit(
            TrainSpecification(
                dataset: name(dataset), datasetVersion: 1, model: name(model ?? dataset), backbone: "stub",
                options: options, promotion: promotion), priority: priority, idempotency: nil
        ).job.id
    }
}

func name(_ text: String) -> ResourceName { ResourceName(trusted: text) }
