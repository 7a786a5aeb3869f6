import API
import Archives
import Domain
import Fetch
import Foundation
import HTTP
import Images
import Inference
import Jobs
import Logging
import ServiceLifecycle
import Serving
import Settings
import Storage
import Workers

/// The composition root of `regraft serve`: makes every part once, and gives each what it needs.
struct ServerApplication {
    let settings: ServerSettings
    private let writer = LogWriter()
    private let log: Logger

    init(_ settings: ServerSettings) {
        self.settings = settings
        let writer = writer
        let level = Logger.Level(rawValue: settings.log.level.rawValue) ?? .info
        let isJSON = settings.log.format == .json
        log = Logger(label: "regraft") { _ in LineLogHandler(logLevel: level, isJSON: isJSON, writer: writer) }
    }

    /// The services' group writes them into its lines with all that they hold, also keys and paths.
    private static let silence = Logger(label: "regraft.services") { _ in SwiftLogNoOpLogHandler() }

    func run() async throws {
        defer { writer.flush() }
        let storage = try DataFolder(URL(fileURLWithPath: settings.data.directory))
        if let aside = storage.putAside {
            log.warning("the bottleneck cache was damaged", metadata: ["aside": "\(aside.path)"])
        }
        let parts = try makeParts(storage)
        let recovered = try await storage.catalog.recover(at: .now)
        if !recovered.isEmpty {
            log.notice("jobs were interrupted", metadata: ["count": .stringConvertible(recovered.count)])
        }
        for job in recovered where job.state.isFinal { parts.metrics.ended(job) }

        let server = Server(
            try serverConfiguration(), observers: observers(parts.metrics), handler: router(parts.api).handler)
        let addresses = try bind(server).map(url(of:))
        for address in addresses { Console.say("listening on \(address)") }
        log.info(
            "serving",
            metadata: [
                "version": "\(Regraft.configuration.version)", "address": "\(addresses.joined(separator: " "))",
                "data": "\(storage.url.path)", "backbone": "\(settings.training.defaultBackbone)",
            ])
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(
                        service: Upkeep(
                            parts: parts, storage: storage, settings: settings, logs: parts.logs, log: log)),
                    .init(service: parts.runner), .init(service: server), .init(service: Farewell(parts: parts)),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: Self.silence))
        try await group.run()
        try storage.close()
        log.info("stopped")
    }

    /// - Throws: `RegraftError`, which names the setting.
    private func bind(_ server: Server) throws -> [SocketAddress] {
        do { return try server.bind() } catch let error as SocketError {
            let way =
                settings.server.unixSocket.isEmpty
                ? "Choose another port with --port (server.port), or another address with --host (server.host)."
                : "Choose another path with server.unix_socket."
            throw RegraftError("unusable_address", "\(error). \(way)")
        }
    }

    // MARK: Parts

    struct Parts: Sendable {
        let api: APIEnvironment
        let runner: JobRunner
        let hub: ProgressHub
        let logs: JobLogs
        let metrics: ServerMetrics
    }

    private func makeParts(_ storage: DataFolder) throws -> Parts {
        let backbones = BackboneHost(catalogue: try backboneCatalogue())
        let priority = ServingPriority()
        let limits = imageLimits
        let classifier = Classifier(classifierSettings, limits: limits, priority: priority)
        let read: @Sendable (PhotoDigest) throws -> Data? = { [blobs = storage.blobs] in try blobs.read($0) }
        let loader = ModelLoader(backbones: backbones, read: read)
        let promoter = Promoter(loader: loader, classifier: classifier, read: read)
        let registry = ModelRegistry(recentLimit: settings.models.cachedVersions)
        let hub = ProgressHub(catalog: storage.catalog) { [log] error in
            log.error("events of jobs cannot be stored", metadata: ["error": "\(error)"])
        }
        let width = settings.training.extractWorkers
        let extractPool = WorkerPool(name: "extract", width: width > 0 ? width : Installation.workerCount)
        let intakePool = WorkerPool(name: "intake", width: Installation.workerCount)
        let room = KeptRoom(minimum: settings.data.minimumFreeBytes) { try? storage.freeBytes() }
        var jobs = JobEnvironment(
            catalog: storage.catalog, blobs: storage.blobs, room: room, gate: storage.gate,
            bottlenecks: room.keeping(storage.bottlenecks), hub: hub,
            backbones: backbones, promoter: promoter, registry: registry, priority: priority, extractPool: extractPool,
            intakePool: intakePool, fitPool: WorkerPool(name: "fit", width: Installation.workerCount, niceness: 10),
            ingestPool: WorkerPool(name: "ingest", width: 4), fetcher: Fetcher(settings: fetchSettings),
            temporaryFolder: storage.temporaryFolder)
        let logs = JobLogs(folder: storage.url.appendingPathComponent("logs"), log: log)
        if settings.tensorboard.enabled { jobs.logs = logs }
        jobs.imageLimits = limits
        jobs.archiveLimits = archiveLimits
        let metrics = ServerMetrics()
        let runner = JobRunner(jobs, trainings: settings.training.workers, log: log) { metrics.ended($0) }
        var api = APIEnvironment(
            catalog: storage.catalog, blobs: storage.blobs, gate: storage.gate,
            jobs: JobService(catalog: storage.catalog, runner: runner) { metrics.ended($0) }, hub: hub,
            intake: PhotoIntake(blobs: storage.blobs, pool: intakePool, limits: limits), registry: registry,
            loader: loader, promoter: promoter, classifier: classifier,
            neighbors: NeighborStore(
                limit: settings.classify.neighborMemory, cache: storage.bottlenecks,
                source: .catalog(storage.catalog, storage.blobs)),
            comparer: VersionComparer(jobs), backbones: backbones, analyst: DatasetAnalyst(jobs),
            storagePool: WorkerPool(name: "storage", width: 4), metrics: { metrics.registry.exposition() },
            settings: apiSettings,
            readiness: Readiness(), room: room)
        api.metrics = { [api] in
            try await metrics.observe(api, runner)
            return metrics.registry.exposition()
        }
        return Parts(api: api, runner: runner, hub: hub, logs: logs, metrics: metrics)
    }

    private func router(_ environment: APIEnvironment) -> Router {
        var router = APIRoutes.router(environment)
        router.add(RequestIDMiddleware())
        let listed = settings.server.corsOrigins
        let origins: CORSMiddleware.Origins = listed.contains("*") ? .any : .listed(Set(listed))
        if !listed.isEmpty { router.add(APIRoutes.cors(origins)) }
        router.add(OpenInferenceErrors())
        let guards = APIRoutes.guards(
            origins: origins, hosts: Set(settings.server.allowedHosts),
            isPrivate: settings.isLocalOnly && settings.apiKeys.isEmpty,
            memory: APIRoutes.bodyMemory(settings.limits.bodiesInMemory))
        for middleware in guards { router.add(middleware) }
        router.add(
            Authorization(keys: settings.apiKeys.map { .init(sha256: $0.sha256, isAdmin: $0.role == .admin) }))
        router.add(APIRoutes.errors)
        router.add(CompressionMiddleware())
        return router
    }

    private func observers(_ metrics: ServerMetrics) -> [any ExchangeObserver] {
        let requests = MetricsObserver(factory: metrics.registry)
        guard settings.log.accessLog else { return [requests] }
        let probes: Set = ["/healthz", "/livez", "/readyz"]
        return [
            requests,
            AccessLog(quietRoutes: probes, isJSON: settings.log.format == .json) { [writer] in writer.write($0) },
        ]
    }

    private func url(of address: SocketAddress) -> String {
        if case .unix(let path) = address { return "unix:\(path)" }
        return "http://\(address)"
    }
}
