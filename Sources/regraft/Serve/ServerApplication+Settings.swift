import API
import Archives
import Domain
import Fetch
import HTTP
import Images
import Inference
import Serving
import Settings

/// From what a person sets to what each part is given.
extension ServerApplication {
    /// - Throws: `RegraftError` for an address that is none.
    func serverConfiguration() throws -> ServerConfiguration {
        let server = settings.server
        guard let address = server.address else {
            throw RegraftError(
                "invalid_address", "server.host '\(server.host)' is no IP address; use one, or localhost.")
        }
        var configuration = ServerConfiguration(addresses: [address])
        configuration.trustedProxies = try server.trustedProxies.map { text in
            guard let range = AddressRange(text) else {
                throw RegraftError(
                    "invalid_address", "server.trusted_proxies: '\(text)' is no address or range of them.")
            }
            return range
        }
        configuration.trustsUnixSockets = server.trustUnixSocket
        if server.eventLoops > 0 { configuration.eventLoops = server.eventLoops }
        configuration.serverName = "regraft"
        let limits = settings.limits
        configuration.limits.requestLine = limits.requestLine
        configuration.limits.headerBytes = limits.headerBytes
        configuration.limits.headerCount = limits.headerCount
        configuration.limits.chunkLine = limits.chunkLine
        configuration.limits.body = limits.requestBody
        configuration.limits.drainedBody = limits.drainedBody
        configuration.limits.connections = limits.connections
        configuration.limits.connectionsPerPeer = limits.connectionsPerPeer
        configuration.limits.backlog = Int32(limits.backlog)
        let deadlines = settings.deadlines
        configuration.deadlines.header = deadlines.header
        configuration.deadlines.idle = deadlines.idle
        configuration.deadlines.bodyGrace = deadlines.bodyGrace
        configuration.deadlines.minimumBodyRate = deadlines.minimumBodyRate
        configuration.deadlines.writeStall = deadlines.writeStall
        configuration.deadlines.linger = deadlines.linger
        configuration.deadlines.drain = deadlines.drain
        return configuration
    }

    /// - Throws: `RegraftError`, naming the setting, where the backbone for trainings that name none cannot be used: better
    ///   now than with the first of them.
    func backboneCatalogue() throws -> BackboneCatalogue {
        let folder = settings.backbones.directory
        let catalogue = try Installation.catalogue(
            modelFolder: folder.isEmpty ? nil : folder, named: "backbones.directory")
        do { _ = try catalogue.backbone(settings.training.defaultBackbone) } catch let error as RegraftError {
            throw RegraftError(error.code, "training.default_backbone: \(error.message)", cause: error.cause)
        }
        return catalogue
    }

    var imageLimits: ImageLimits {
        var limits = ImageLimits()
        limits.maximumBytes = settings.limits.imageBytes
        limits.maximumPixels = settings.limits.imagePixels
        return limits
    }

    var archiveLimits: ArchiveLimits {
        var limits = ArchiveLimits()
        limits.maximumEntries = settings.archives.entries
        limits.maximumPathBytes = settings.archives.pathBytes
        limits.maximumEntryBytes = settings.limits.imageBytes
        limits.maximumTotalBytes = settings.archives.totalBytes
        limits.maximumExpansion = settings.archives.expansionRatio
        return limits
    }

    var fetchSettings: FetchSettings {
        var fetch = FetchSettings()
        fetch.allowedAddresses = settings.imports.allowedAddresses.compactMap { AddressBlock($0) }
        fetch.maximumRedirects = settings.imports.maximumRedirects
        fetch.maximumBytes = settings.imports.maximumBytes
        fetch.totalTimeout = settings.imports.timeout
        return fetch
    }

    var classifierSettings: Classifier.Settings {
        var classifier = Classifier.Settings()
        classifier.queue = settings.classify.queue
        classifier.deadline = settings.classify.deadline
        classifier.workers = settings.classify.workers > 0 ? settings.classify.workers : Installation.workerCount - 1
        return classifier
    }

    var apiSettings: APIEnvironment.Settings {
        var api = APIEnvironment.Settings()
        api.uploadBytes = settings.limits.uploadBytes
        api.bundleBytes = settings.limits.bundleBytes
        api.requestBytes = settings.limits.requestBody
        api.classifyBytes = settings.limits.classifyBody
        api.classifyImages = settings.limits.classifyImages
        api.imageLimits = imageLimits
        api.importsAreEnabled = settings.imports.enabled
        api.defaultBackbone = settings.training.defaultBackbone
        api.defaultOptions.recipe = settings.training.defaultRecipe
        api.defaultOptions.fit = settings.training.defaultFit
        api.promotion = settings.models.promotion
        api.maximumModels = settings.models.maximum
        api.topK = settings.classify.topK
        api.version = Regraft.configuration.version
        return api
    }
}

extension ServerSettings.Server {
    /// Where it listens; nil where the host is no address.
    var address: SocketAddress? {
        unixSocket.isEmpty ? SocketAddress(host: host, port: UInt16(port)) : .unix(path: unixSocket)
    }
}
