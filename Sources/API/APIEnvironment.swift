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
    /// Bytes that are free where the data is.
    public var freeBytes: @Sendable () -> Int?

    public struct Settings: Sendable {
        public var uploadBytes = 50_000_000_000
        public var requestBytes = 1 << 20
        public var classifyBytes = 64 << 20
        public var classifyImages = 64
        public var imageLimits = ImageLimits()
        public var minimumFreeBytes = 200 << 20
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
        backbones: BackboneHost, analyst: DatasetAnalyst, storagePool: WorkerPool,
        readPool: WorkerPool = WorkerPool(name: "reads", width: 2),
        metrics: @escaping @Sendable () async throws -> String, settings: Settings,
        readiness: Readiness, freeBytes: @escaping @Sendable () -> Int?
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
        self.backbones = backbones
        self.analyst = analyst
        self.storagePool = storagePool
        self.readPool = readPool
        self.metrics = metrics
        self.settings = settings
        self.readiness = readiness
        self.freeBytes = freeBytes
    }
}

/// Whether the server can answer: it cannot before its models are loaded, and no longer when it is stopping.
public final class Readiness: Sendable {
    private let reason = Mutex<String?>("The models are being loaded.")

    public init() {}

    /// Nil when it can.
    public var obstacle: String? { reason.withLock { $0 } }

    public func set(obstacle: String?) { reason.withLock { $0 = obstacle } }
}
