import API
import Domain
import Fetch
import Foundation
import HTTP
import HTTPTestSupport
import Jobs
import Logging
import Serving
import Storage
import TestSupport
import Workers

/// The API on a free port of this machine, with a catalog in memory, blobs in a folder of its own and an engine that needs no
/// network; put together as the server does it.
struct TestAPI: Sendable {
    struct Setup {
        var settings = APIEnvironment.Settings()
        /// What the backbone itself knows; three, or none.
        var labels: [String] = []
        /// Whether the backbone's descriptor names its feature map.
        var hasFeatureMap = false
        /// The backbone's network, as ONNX. Else it has none that could be read.
        var network: Data?
        var keys: [Authorization.Key] = []
        /// Whether somebody runs the jobs. Else they stay queued.
        var runsJobs = false
        /// Whether its models are said to be loaded.
        var isLoaded = true
        /// Pictures that may wait.
        var queue = 64
        /// After which a picture that waits is not begun.
        var deadline = Duration.seconds(3600)
        var freeBytes: Int?
        var minimumFreeBytes = 200 << 20
        /// Whose pages may call.
        var origins: Set<String> = []
        /// For bodies.
        var memory = 256 << 20
        /// Called in each run of the engine.
        var hook: StubEngine.Hook = { _, _ in }
        /// Called before a head is read to answer by.
        var loads: @Sendable () -> Void = {}
    }

    let catalog: InMemoryCatalog
    let disk: FillingDisk
    let bottlenecks: StubCache
    let environment: APIEnvironment
    private let address: SocketAddress

    /// Runs `body` against an API, which is stopped afterwards.
    static func with(
        _ change: (inout Setup) -> Void = { _ in }, _ body: (TestAPI) async throws -> Void
    ) async throws {
        var setup = Setup()
        setup.settings.defaultBackbone = "stub"
        change(&setup)
        let (folder, catalog) = (try TemporaryFolder(), InMemoryCatalog())
        let disk = try FillingDisk(folder: folder.url)
        let bottlenecks = StubCache()
        let (environment, runner) = try makeEnvironment(setup, catalog, disk, bottlenecks, folder)
        var router = APIRoutes.router(environment)
        router.add(APIRoutes.cors(.listed(setup.origins)))
        let guards = APIRoutes.guards(
            origins: .listed(setup.origins), hosts: [], isPrivate: false, memory: APIRoutes.bodyMemory(setup.memory))
        for middleware in guards { router.add(middleware) }
        router.add(Authorization(keys: setup.keys))
        router.add(APIRoutes.errors)
        var configuration = ServerConfiguration(addresses: [SocketAddress(host: "127.0.0.1", port: 0)!])
        configuration.eventLoops = 1
        configuration.deadlines.drain = .milliseconds(200)
        // No client meets a deadline, however busy the machine is.
        let now = ContinuousClock.now
        let server = Server(configuration, observers: [], now: { now }, handler: router.handler)
        let address = try server.bind()[0]
        let serving = Task { try await server.run() }
        let running = Task { if setup.runsJobs { try await runner.run() } }
        let api = TestAPI(
            catalog: catalog, disk: disk, bottlenecks: bottlenecks, environment: environment, address: address)
        let result: Result<Void, any Error>
        do { result = .success(try await body(api)) } catch { result = .failure(error) }
        for task in [serving, running] { task.cancel() }
        try await serving.value
        try await running.value
        try result.get()
        _ = folder
    }

    private static func makeEnvironment(
        _ setup: Setup, _ catalog: InMemoryCatalog, _ blobs: FillingDisk, _ bottlenecks: StubCache,
        _ folder: TemporaryFolder
    ) throws -> (APIEnvironment, JobRunner) {
        let engine = try StubEngine(
            labels: setup.labels, hasFeatureMap: setup.hasFeatureMap, network: setup.network, hook: setup.hook)
        let backbones = BackboneHost(catalogue: engine.catalogue) { _, _ in engine }
        let priority = ServingPriority()
        var queue = Classifier.Settings()
        (queue.queue, queue.deadline) = (setup.queue, setup.deadline)
        let classifier = Classifier(queue, limits: setup.settings.imageLimits, priority: priority)
        let loader = ModelLoader(backbones: backbones) { [loads = setup.loads] in
            loads()
            return try blobs.read($0)
        }
        let promoter = Promoter(loader: loader, classifier: classifier) { try blobs.read($0) }
        let (registry, gate, pool) = (ModelRegistry(), BlobGate(), WorkerPool(name: "test", width: 2))
        let room = KeptRoom(minimum: setup.minimumFreeBytes) { [free = setup.freeBytes] in free }
        let hub = ProgressHub(catalog: catalog) { _ in }
        let jobs = JobEnvironment(
            catalog: catalog, blobs: blobs, room: room, gate: gate, bottlenecks: bottlenecks, hub: hub,
            backbones: backbones,
            promoter: promoter, registry: registry, priority: priority, extractPool: pool, intakePool: pool,
            fitPool: pool, ingestPool: WorkerPool(name: "ingest", width: 2), fetcher: Fetcher(),
            temporaryFolder: folder.url)
        var log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        log.logLevel = .critical
        let runner = JobRunner(jobs, log: log)
        let readiness = Readiness()
        if setup.isLoaded { readiness.begin() }
        let environment = APIEnvironment(
            catalog: catalog, blobs: blobs, gate: gate, jobs: JobService(catalog: catalog, runner: runner), hub: hub,
            intake: PhotoIntake(blobs: blobs, pool: pool, limits: setup.settings.imageLimits), registry: registry,
            loader: loader, promoter: promoter, classifier: classifier,
            neighbors: NeighborStore(limit: 1 << 20, cache: bottlenecks, source: .catalog(catalog, blobs)),
            comparer: VersionComparer(jobs), backbones: backbones, analyst: DatasetAnalyst(jobs),
            storagePool: WorkerPool(name: "storage", width: 2), metrics: { "# metrics\n" },
            settings: setup.settings, readiness: readiness, room: room)
        return (environment, runner)
    }

    // MARK: Asking

    func connect() throws -> RawClient { try RawClient(address) }

    /// One response to one request, on a connection of its own.
    func ask(
        _ method: String, _ path: String, _ fields: [String: String] = [:], _ body: Data = Data()
    ) async throws -> Answer {
        let client = try connect()
        try await client.send(Self.head(method, path, fields, length: body.count) + body)
        let received = try await client.receiveBytes()
        guard let last = RawResponse.parse(received, toHead: method == "HEAD").last else {
            throw RawClient.Failure(what: "\(method) \(path) had no response")
        }
        return Answer(
            status: last.status, text: last.body,
            fields: Dictionary(last.fields.map { ($0.name, $0.value) }) { $0 + ", " + $1 })
    }

    /// - Parameter length: nil leaves it out.
    static func head(_ method: String, _ path: String, _ fields: [String: String], length: Int?) -> [UInt8] {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: x", "Connection: close"]
        lines += fields.map { "\($0.key): \($0.value)" }
        if let length, length > 0 || !["GET", "HEAD", "OPTIONS"].contains(method) {
            lines.append("Content-Length: \(length)")
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    func get(_ path: String, _ fields: [String: String] = [:]) async throws -> Answer {
        try await ask("GET", path, fields)
    }

    func json(
        _ method: String, _ path: String, _ body: String, _ fields: [String: String] = [:]
    ) async throws -> Answer {
        let type = ["Content-Type": "application/json"]
        return try await ask(method, path, fields.merging(type) { given, _ in given }, Data(body.utf8))
    }

    func post(_ path: String, _ form: Form, _ fields: [String: String] = [:]) async throws -> Answer {
        try await ask("POST", path, fields.merging(["Content-Type": Form.type]) { given, _ in given }, form.body)
    }
}
