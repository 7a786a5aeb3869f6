import Fetch
import Synchronization
import Testing
import Workers

/// One download on a worker, and all that came of it.
struct Download {
    let result: Result<FetchedFile, any Error>
    /// What the sink got.
    let body: String
    /// What the progress was.
    let progress: [Progress]

    struct Progress: Equatable {
        let received: Int
        let total: Int?
    }

    var error: FetchError? {
        if case .failure(let error) = result { return error as? FetchError }
        return nil
    }

    /// From a server that must live as long.
    static func of(
        _ server: TinyServer, _ path: String = "/photos.zip", host: String = "127.0.0.1",
        allowing allowed: [String] = ["127.0.0.1"], cancellation: CancellationFlag = CancellationFlag(),
        configure: @Sendable (inout FetchSettings) -> Void = { _ in },
        piece: @escaping @Sendable (Int) throws -> Void = { _ in }
    ) async throws -> Download {
        let download = try await of(
            server.url(path, host: host), allowing: allowed, cancellation: cancellation, configure: configure,
            piece: piece)
        return withExtendedLifetime(server) { download }
    }

    /// With 127.0.0.1 allowed.
    /// - Parameter piece: is told the bytes so far after each piece, and may throw.
    static func of(
        _ url: String, allowing allowed: [String] = ["127.0.0.1"], cancellation: CancellationFlag = CancellationFlag(),
        configure: @Sendable (inout FetchSettings) -> Void = { _ in },
        piece: @escaping @Sendable (Int) throws -> Void = { _ in }
    ) async throws -> Download {
        var settings = FetchSettings()
        settings.allowedAddresses = try allowed.map { try #require(AddressBlock($0)) }
        configure(&settings)
        let fetcher = Fetcher(settings: settings)
        return try await WorkerPool(name: "fetch-test", width: 1).run { _ in
            var body: [UInt8] = []
            var progress: [Progress] = []
            let result = Result {
                try fetcher.download(
                    url, cancellation: cancellation,
                    progress: { progress.append(Progress(received: $0, total: $1)) },
                    into: { bytes in
                        body += bytes
                        try piece(body.count)
                    })
            }
            return Download(result: result, body: String(decoding: body, as: UTF8.self), progress: progress)
        }
    }
}
