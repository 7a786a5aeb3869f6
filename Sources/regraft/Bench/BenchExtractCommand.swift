import ArgumentParser
import Crypto
import Domain
import Foundation
import Images
import Inference
import Storage
import Workers

/// Photos a second, from files to cached bottlenecks, beside the engine alone on a ready tensor.
struct BenchExtractCommand: Measurement {
    static let configuration = CommandConfiguration(
        commandName: "extract",
        abstract: "Photos a second from files to cached bottlenecks, and of the engine alone, in one run.")

    @Argument(help: "A folder with one subfolder of photos a class.")
    var folder: String

    @Option(name: .tutorial("architecture"), help: "The backbone.")
    var architecture = "efficientnet-lite0"

    @Option(name: .tutorial("model_dir"), help: "A folder with descriptors and networks of your own.")
    var modelDir: String?

    @Option(name: .customLong("fit"), help: "How a photo becomes a square: crop, squash or pad.")
    var fit = FitMode.crop

    @OptionGroup var rounds: RoundOptions

    func measure(_ pool: WorkerPool) async throws {
        let limits = ImageLimits()
        let sources = try ImageFolder(folder, limit: limits.maximumBytes).photos.map(\.source)
        let backbone = try Installation.catalogue(modelFolder: modelDir).backbone(architecture)
        let engine = try await pool.run { _ in try OpenVINOEngine(backbone) }
        let preprocessing = backbone.descriptor.preprocessing(fit)
        Console.say(
            "\(sources.count) photos, \(backbone.descriptor.id), fit \(fit.rawValue), \(engine.streamCount) streams, "
                + "\(pool.width) workers, OpenVINO \(OpenVINOEngine.version)")

        // Warm: the files are in the page cache and the engine has its memory.
        _ = try await endToEnd(sources, engine, preprocessing, pool)
        var (wholes, alones): ([Double], [Double]) = ([], [])
        for round in 1...rounds.rounds {
            let alone = try await engineAlone(engine, photos: sources.count, pool)
            let whole = try await endToEnd(sources, engine, preprocessing, pool)
            alones.append(alone)
            wholes.append(whole)
            Console.say(
                String(
                    format: "round %d: %.1f photos/s end to end, %.1f photos/s engine alone, ratio %.3f", round, whole,
                    alone, whole / alone))
        }
        let ratios = zip(wholes, alones).map { $0 / $1 }
        Console.say(
            String(
                format: "median: %.1f photos/s end to end, %.1f photos/s engine alone, ratio %.3f", wholes.median,
                alones.median, ratios.median))
        try await profile(sources, engine, preprocessing, pool)
    }

    /// Inferences of one ready tensor on every stream.
    private func engineAlone(_ engine: OpenVINOEngine, photos: Int, _ pool: WorkerPool) async throws -> Double {
        let workers = min(engine.streamCount, pool.width)
        let each = max(1, photos / workers)
        let start = ContinuousClock.now
        try await pool.runOnEach(of: workers) { _, flag in
            let session = try engine.makeSession()
            for index in session.input.indices { session.input[index] = UInt8(truncatingIfNeeded: index &* 31) }
            for _ in 0..<each {
                try flag.check()
                try session.run()
            }
        }
        return Double(each * workers) / ((ContinuousClock.now - start) / .seconds(1))
    }

    /// Everything that `regraft retrain` does to have all bottlenecks, into a cache that is new each time.
    private func endToEnd(
        _ sources: [PhotoSource], _ engine: OpenVINOEngine, _ preprocessing: Preprocessing, _ pool: WorkerPool
    ) async throws -> Double {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("regraft-bench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let cache = try SQLiteBottleneckCache.open(in: folder).cache
        let extractor = BottleneckExtractor(engine: engine, preprocessing: preprocessing, cache: cache, pool: pool)
        let start = ContinuousClock.now
        let extraction = try await extractor.extract(sources)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return Double(extraction.progress.computed) / seconds
    }

    /// Where the time of one photo goes, on one worker with nothing else running.
    private func profile(
        _ sources: [PhotoSource], _ engine: OpenVINOEngine, _ preprocessing: Preprocessing, _ pool: WorkerPool
    ) async throws {
        let times = try await pool.run { flag in
            let session = try engine.makeSession()
            let decoder = PhotoDecoder()
            var (read, hash, decode, infer) = (Duration.zero, Duration.zero, Duration.zero, Duration.zero)
            var usable = 0
            for source in sources {
                try flag.check()
                let clock = ContinuousClock()
                let start = clock.now
                guard let file = try? source.load() else { continue }
                let loaded = clock.now
                _ = SHA256.hash(data: file)
                let hashed = clock.now
                do {
                    try file.withUnsafeBytes { try decoder.decode($0, preprocessing, into: session.input) }
                } catch is ImageError { continue }
                let decoded = clock.now
                try session.run()
                infer += clock.now - decoded
                decode += decoded - hashed
                hash += hashed - loaded
                read += loaded - start
                usable += 1
            }
            return [("read", read), ("SHA-256", hash), ("decode and resize", decode), ("infer", infer)]
                .map { ($0.0, $0.1 / .milliseconds(1) / Double(max(usable, 1))) }
        }
        let parts = times.map { String(format: "%@ %.2f ms", $0.0, $0.1) }
        Console.say("one photo on one worker: " + parts.joined(separator: ", "))
    }
}
