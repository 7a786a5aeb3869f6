public import Archives
public import Domain
public import Fetch
public import Foundation
public import Images
import Inference
public import Serving
public import Storage
public import Workers

/// Everything that jobs are run with. Made once, by the composition root.
public struct JobEnvironment: Sendable {
    public var catalog: any Catalog
    public var blobs: any BlobStore
    public var room: KeptRoom
    public var gate: BlobGate
    public var bottlenecks: any BottleneckCache
    public var hub: ProgressHub
    public var backbones: BackboneHost
    public var promoter: Promoter
    public var registry: ModelRegistry
    public var priority: ServingPriority
    /// Reads photos and runs them through backbones. An extraction keeps its workers from its first photo to its last.
    public var extractPool: WorkerPool
    /// Looks at uploaded photos, which must not wait for that.
    public var intakePool: WorkerPool
    /// Fits heads.
    public var fitPool: WorkerPool
    /// Reads archives and waits for the network.
    public var ingestPool: WorkerPool
    public var imageLimits = ImageLimits()
    public var archiveLimits = ArchiveLimits()
    public var fetcher: Fetcher
    /// For TensorBoard; nil where there are to be none.
    public var logs: JobLogs?
    /// For files that nobody needs after a restart.
    public var temporaryFolder: URL

    public init(
        catalog: any Catalog, blobs: any BlobStore, room: KeptRoom, gate: BlobGate, bottlenecks: any BottleneckCache,
        hub: ProgressHub,
        backbones: BackboneHost, promoter: Promoter, registry: ModelRegistry, priority: ServingPriority,
        extractPool: WorkerPool, intakePool: WorkerPool, fitPool: WorkerPool, ingestPool: WorkerPool,
        fetcher: Fetcher, temporaryFolder: URL
    ) {
        self.catalog = catalog
        self.blobs = blobs
        self.room = room
        self.gate = gate
        self.bottlenecks = bottlenecks
        self.hub = hub
        self.backbones = backbones
        self.promoter = promoter
        self.registry = registry
        self.priority = priority
        self.extractPool = extractPool
        self.intakePool = intakePool
        self.fitPool = fitPool
        self.ingestPool = ingestPool
        self.fetcher = fetcher
        self.temporaryFolder = temporaryFolder
    }
}
