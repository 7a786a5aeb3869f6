extension Setting {
    /// Every setting, in the order of `config/regraft.yaml`. A row here and its default in the group are all that a new
    /// one takes, besides the line there that tells users about it.
    package static let all: [Setting] = server + limits + deadlines + storage + input + work + log

    private static let server = [
        Setting("server.host", \.server.host, .host, flag: "--host"),
        Setting("server.port", \.server.port, .integer(0...65_535), flag: "--port"),
        Setting("server.unix_socket", \.server.unixSocket, .socketPath),
        Setting("server.allow_open_access", \.server.allowOpenAccess, .bool),
        Setting("server.trusted_proxies", \.server.trustedProxies, .addressRanges),
        Setting("server.trust_unix_socket", \.server.trustUnixSocket, .bool),
        Setting("server.cors_origins", \.server.corsOrigins, .origins),
        Setting("server.allowed_hosts", \.server.allowedHosts, .hostNames),
        Setting("server.event_loops", \.server.eventLoops, .integer(0...1024)),
        Setting("api_keys", \.apiKeys, .apiKeys),
    ]

    private static let limits = [
        Setting("limits.connections", \.limits.connections, .integer(1...1_000_000)),
        Setting("limits.connections_per_peer", \.limits.connectionsPerPeer, .integer(1...1_000_000)),
        Setting("limits.backlog", \.limits.backlog, .integer(1...65_535)),
        Setting("limits.request_line", \.limits.requestLine, .bytes(256...(1 << 20))),
        Setting("limits.header_bytes", \.limits.headerBytes, .bytes(1024...(16 << 20))),
        Setting("limits.header_count", \.limits.headerCount, .integer(10...10_000)),
        Setting("limits.chunk_line", \.limits.chunkLine, .bytes(32...(64 << 10))),
        Setting("limits.request_body", \.limits.requestBody, .bytes(1024...(1 << 30))),
        Setting("limits.upload_bytes", \.limits.uploadBytes, .bytes(1024...100_000_000_000_000)),
        Setting("limits.bundle_bytes", \.limits.bundleBytes, .bytes(1024...(1 << 30))),
        Setting("limits.classify_body", \.limits.classifyBody, .bytes(1024...(4 << 30))),
        Setting("limits.bodies_in_memory", \.limits.bodiesInMemory, .bytes(1024...(1 << 40))),
        Setting("limits.classify_images", \.limits.classifyImages, .integer(1...10_000)),
        Setting("limits.image_bytes", \.limits.imageBytes, .bytes(1024...(1 << 30))),
        // Beyond, a picture's bytes could not be counted by the C libraries, which have 32 bits for that.
        Setting("limits.image_pixels", \.limits.imagePixels, .integer(1...500_000_000)),
        Setting("limits.drained_body", \.limits.drainedBody, .bytes(0...(1 << 30))),
    ]

    private static let deadlines = [
        Setting("deadlines.header", \.deadlines.header, .duration(.seconds(1) ... .hours(1))),
        Setting("deadlines.idle", \.deadlines.idle, .duration(.seconds(1) ... .hours(24))),
        Setting("deadlines.body_grace", \.deadlines.bodyGrace, .duration(.seconds(1) ... .hours(1))),
        Setting("deadlines.minimum_body_rate", \.deadlines.minimumBodyRate, .bytes(1...1_000_000_000)),
        Setting("deadlines.write_stall", \.deadlines.writeStall, .duration(.seconds(1) ... .hours(1))),
        Setting("deadlines.linger", \.deadlines.linger, .duration(.zero ... .seconds(60))),
        Setting("deadlines.drain", \.deadlines.drain, .duration(.zero ... .hours(1))),
    ]

    private static let storage = [
        Setting("data.directory", \.data.directory, .path, flag: "--data"),
        Setting("data.minimum_free_bytes", \.data.minimumFreeBytes, .bytes(0...100_000_000_000_000)),
        Setting("backbones.directory", \.backbones.directory, .optionalPath),
    ]

    private static let input = [
        Setting("archives.entries", \.archives.entries, .integer(1...1_000_000_000)),
        Setting("archives.path_bytes", \.archives.pathBytes, .bytes(16...(64 << 10))),
        Setting("archives.expansion_ratio", \.archives.expansionRatio, .integer(1...1_000_000)),
        Setting("archives.total_bytes", \.archives.totalBytes, .bytes(1024...1_000_000_000_000_000)),
        Setting("import.enabled", \.imports.enabled, .bool),
        Setting("import.allowed_addresses", \.imports.allowedAddresses, .addressRanges),
        Setting("import.maximum_redirects", \.imports.maximumRedirects, .integer(0...20)),
        Setting("import.maximum_bytes", \.imports.maximumBytes, .bytes(1024...100_000_000_000_000)),
        Setting("import.timeout", \.imports.timeout, .duration(.seconds(1) ... .hours(7 * 24))),
    ]

    private static let work = [
        Setting("training.workers", \.training.workers, .integer(1...64)),
        Setting("training.extract_workers", \.training.extractWorkers, .integer(0...1024)),
        Setting("training.default_backbone", \.training.defaultBackbone, .name),
        Setting("training.default_recipe", \.training.defaultRecipe, .choice()),
        Setting("training.default_fit", \.training.defaultFit, .choice()),
        Setting("training.event_retention", \.training.eventRetention, .duration(.hours(1) ... .hours(3650 * 24))),
        Setting("tensorboard.enabled", \.tensorboard.enabled, .bool),
        Setting("tensorboard.retention", \.tensorboard.retention, .duration(.hours(1) ... .hours(3650 * 24))),
        Setting("tensorboard.maximum_bytes", \.tensorboard.maximumBytes, .bytes(0...100_000_000_000_000)),
        Setting("classify.workers", \.classify.workers, .integer(0...1024)),
        Setting("classify.queue", \.classify.queue, .integer(1...1_000_000)),
        Setting("classify.deadline", \.classify.deadline, .duration(.milliseconds(10) ... .hours(1))),
        Setting("classify.top_k", \.classify.topK, .integer(1...1000)),
        Setting("classify.neighbor_memory", \.classify.neighborMemory, .bytes(0...(1 << 40))),
        Setting("models.promotion", \.models.promotion, .choice()),
        Setting("models.maximum", \.models.maximum, .integer(1...1_000_000)),
        Setting("models.cached_versions", \.models.cachedVersions, .integer(0...1_000_000)),
    ]

    private static let log = [
        Setting("log.level", \.log.level, .choice()),
        Setting("log.format", \.log.format, .choice()),
        Setting("log.access_log", \.log.accessLog, .bool),
    ]
}
