public import Domain
public import Images
public import Jobs
public import Serving
public import Storage
import Synchronization
public import Workers

/// Everything that routes answer with. Made once, by the composition root.
public struct APIEnvironment: Sendable {
    public var catalog: any Catalog
    public var blobs: any BlobStore
    public var gate: BlobGate
    public var jobs: JobService
    public var hub: ProgressHub
    public var intake: PhotoIntake
    public var registry: ModelRegistry
    public var loader: ModelLoader
    public var promoter: Promoter
    public var classifier: Classifier
    public var neighbors: NeighborStore
    public var comparer: VersionComparer
    public var backbones: BackboneHost
    public var analyst: DatasetAnalyst
    /// Waits for the disk, also where it takes seconds to write an upload out.
    public var storagePool: WorkerPool
    /// Looks things up on the disk, which should not have to wait for those.
    public var readPool: WorkerPool
    /// The text of `/metrics`.
    public var metrics: @Sendable () async throws -> String
    public var settings: Settings
    public var readiness: Readiness
    public var room: KeptRoom

    public struct Settings: Sendable {
        public var uploadBytes = 50_000_000_000
        public var requestBytes = 1 << 20
        public var bundleBytes = 64 << 20
        public var classifyBytes = 64 << 20
        public var classifyImages = 64
        public var imageLimits = ImageLimits()
        public var importsAreEnabled = true
        public var defaultBackbone = "efficientnet-lite0"
        public var defaultOptions = TrainingOptions()
        public var promotion = PromotionPolicy.latest
        public var maximumModels = 10_000
        public var topK = 5
        public var version = ""

        public init() {}
    }

    public init(
        catalog: any Catalog, blobs: any BlobStore, gate: BlobGate, jobs: JobService, hub: ProgressHub,
        intake: PhotoIntake, registry: ModelRegistry, loader: ModelLoader, promoter: Promoter, classifier: Classifier,
        neighbors: NeighborStore, comparer: VersionComparer, backbones: BackboneHost, analyst: DatasetAnalyst,
        storagePool: WorkerPool,
        readPool: WorkerPool = WorkerPool(name: "reads", width: 2),
        metrics: @escaping @Sendable () async throws -> String, settings: Settings,
        readiness: Readiness, room: KeptRoom
    ) {
        self.catalog = catalog
        self.blobs = blobs
        self.gate = gate
        self.jobs = jobs
        self.hub = hub
        self.intake = intake
        self.registry = registry
        self.loader = loader
        self.promoter = promoter
        self.classifier = classifier
        self.neighbors = neighbors
        self.comparer = comparer
        self.backbones = backbones
        self.analyst = analyst
        self.storagePool = storagePool
        self.readPool = readPool
        self.metrics = metrics
        self.settings = settings
        self.readiness = readiness
        self.room = room
    }
}

/// Whether the server can answer: it cannot before its models are loaded, and no longer when it is stopping.
public final class Readiness: Sendable {
    private enum State { case loading, ready, stopping }

    private let state = Mutex(State.loading)

    public init() {}

    /// Nil when it can.
    public var obstacle: String? {
        switch state.withLock({ $0 }) {
        case .loading: "The models are being loaded."
        case .ready: nil
        case .stopping: "The server is stopping."
        }
    }

    /// Its models are loaded. One that is stopping goes on stopping.
    public func begin() { state.withLock { if $0 == .loading { $0 = .ready } } }

    public func end() { state.withLock { $0 = .stopping } }
}
