import Domain
import Fetch
import Foundation
import HTTP
import Jobs
import TestSupport
import Testing

/// From a URL to a dataset.
@Suite("Import by URL", .timeLimit(.minutes(2)))
struct ImportTests {
    /// Runs `body` with the URL of an archive on this machine.
    /// - Parameters:
    ///   - hasLength: whether the server says how long it is.
    ///   - isWhole: else the server stops in the middle of it, and keeps the connection.
    private func serving(
        _ archive: [UInt8], hasLength: Bool = true, isWhole: Bool = true, _ body: (String) async throws -> Void
    ) async throws {
        var router = Router()
        router.get("/photos.zip") { _ in
            Response(
                body: .stream(length: hasLength ? archive.count : nil) { writer in
                    try await writer.write(Array(archive.prefix(archive.count / 2)))
                    if !isWhole { try await Task.sleep(for: .seconds(3600)) }
                    try await writer.write(Array(archive.dropFirst(archive.count / 2)))
                })
        }
        var configuration = ServerConfiguration(addresses: [SocketAddress(host: "127.0.0.1", port: 0)!])
        configuration.eventLoops = 1
        configuration.deadlines.drain = .milliseconds(200)
        let server = Server(configuration, handler: router.handler)
        let address = try server.bind()[0]
        let running = Task { try await server.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body("http://\(address)/photos.zip")) } catch { result = .failure(error) }
        running.cancel()
        try await running.value
        try result.get()
    }

    private func makeWorkplace(allowing addresses: [String] = ["127.0.0.1"]) throws -> Workplace {
        var settings = FetchSettings()
        settings.allowedAddresses = try addresses.map { try #require(AddressBlock($0)) }
        return try Workplace(fetcher: Fetcher(settings: settings))
    }

    private func submit(_ url: String, _ workplace: Workplace) async throws -> JobID {
        try await workplace.service.submit(
            IngestSpecification(dataset: name("colours"), source: .url(url), layout: .automatic, mode: .replace),
            priority: 0, idempotency: nil
        ).job.id
    }

    private static func fetchedFiles(_ workplace: Workplace) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: workplace.folder.url.path)
            .filter { $0.hasPrefix("fetched-") }
    }

    @Test func takesWhatIsThere() async throws {
        let workplace = try makeWorkplace()
        let seen = Mutexed(0)
        workplace.listen { workplace, _, event in
            guard case .progress(let progress) = event, progress.unit == .bytes else { return }
            seen.change { $0 += (try? Self.fetchedFiles(workplace).count) ?? 0 }
        }
        try await serving(MadeArchive.zip(colours: 5)) { url in
            let id = try await submit(url, workplace)
            let job = try await workplace.running { try await workplace.end(of: id) }
            #expect(job.state == .succeeded, "\(job.error?.message ?? "")")
            let version = try #require(try await workplace.catalog.dataset(name("colours"))?.current)
            #expect(version.imageCount == 15 && version.origin == .importing && version.refusedCount == 0)
            let images = try await workplace.catalog.trainingImages(of: name("colours"), version: 1)
            #expect(images.map(\.path) == MadeArchive.photos(5).map(\.0))
            for (image, photo) in zip(images, MadeArchive.photos(5)) {
                #expect(try workplace.blobs.read(image.digest) == photo.1)
            }
            // The file is there while it is needed, and no longer.
            #expect(seen.value > 0)
            #expect(try Self.fetchedFiles(workplace).isEmpty)
        }
    }

    // Pieces are of 16 KiB at most, and not each of them is told of; also where nobody knows how many there will be.
    @Test(arguments: [true, false])
    func tellsOfSomePieces(_ hasLength: Bool) async throws {
        let told = Mutexed<[JobProgress]>([])
        let workplace = try makeWorkplace()
        workplace.listen { _, _, event in
            guard case .progress(let progress) = event, progress.unit == .bytes else { return }
            told.change { $0.append(progress) }
        }
        let archive = MadeArchive.zip(MadeArchive.photos(2) + [("notes.bin", Data(count: 4 << 20))])
        try await serving(archive, hasLength: hasLength) { url in
            let id = try await submit(url, workplace)
            let job = try await workplace.running { try await workplace.end(of: id) }
            #expect(job.state == .succeeded, "\(job.error?.message ?? "")")
            #expect(!told.value.isEmpty && told.value.count < 100, "\(told.value.count)")
            #expect(told.value.allSatisfy { $0.done == 0 || $0.rate ?? 0 > 0 })
        }
    }

    @Test func refusesThisMachineUnlessItIsAllowed() async throws {
        let workplace = try makeWorkplace(allowing: [])
        try await serving(MadeArchive.zip(colours: 1)) { url in
            let id = try await submit(url, workplace)
            let job = try await workplace.running { try await workplace.end(of: id) }
            #expect(job.state == .failed && job.error?.code == "address_refused" && job.attempt == 1)
            #expect(job.error?.message.contains("127.0.0.1") == true, "\(job.error?.message ?? "")")
            #expect(try await workplace.catalog.dataset(name("colours"))?.current == nil)
            #expect(try Self.fetchedFiles(workplace).isEmpty)
        }
    }

    @Test func isCancelledInTheMiddle() async throws {
        let workplace = try makeWorkplace()
        try await serving(MadeArchive.zip(colours: 5), isWhole: false) { url in
            let id = try await submit(url, workplace)
            let job = try await workplace.running {
                try await workplace.until {
                    guard let job = try await workplace.catalog.job(id) else { return false }
                    return workplace.service.live(job).progress.done > 0
                }
                #expect(try Self.fetchedFiles(workplace).count == 1)
                _ = try await workplace.service.cancel(id)
                return try await workplace.end(of: id)
            }
            #expect(job.state == .cancelled && job.error == nil && job.progress.unit == .bytes)
            #expect(job.progress.total == MadeArchive.zip(colours: 5).count && job.progress.done < job.progress.total)
            #expect(try await workplace.catalog.dataset(name("colours"))?.current == nil)
            #expect(try Self.fetchedFiles(workplace).isEmpty)
        }
    }
}
