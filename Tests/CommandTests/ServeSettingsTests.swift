import Foundation
import TestSupport
import Testing

/// That what a person sets comes to the part that it is for: one server with other settings than the defaults, and what it does.
struct ServeSettingsTests {
    private let workshop: Workshop
    private let server: ServeProcess

    init() throws {
        workshop = try Workshop()
        try workshop.addThreeClasses(count: 8)
        try workshop.folder.write(Data(count: 1_200_000), to: "photos/red/large.png")
        try workshop.folder.write(
            MadePicture(width: 60, height: 60) { x, y, channel in x * y * channel % 256 }.png(),
            to: "photos/red/wide.png")
        try workshop.folder.write("x", to: "photos/red/\(String(repeating: "long", count: 10)).png")
        let settings = [
            "models.promotion=manual", "training.default_recipe=retrain", "training.default_fit=squash",
            "classify.top_k=1", "limits.image_bytes=1100000", "limits.image_pixels=3000", "limits.classify_images=2",
            "archives.entries=40", "archives.path_bytes=32", "archives.expansion_ratio=1000000",
            "archives.total_bytes=20000000", "import.allowed_addresses=127.0.0.1", "import.maximum_bytes=20000",
            "tensorboard.enabled=false",
        ]
        server = try ServeProcess(in: workshop.url, settings.flatMap { ["--set", $0] })
    }

    /// Ends an ingest.
    /// - Returns: the job.
    private func ingest(_ dataset: String, _ archive: String) throws -> Answer {
        let upload = try server.curl("/v1/datasets/\(dataset)", "-T", archive)
        try #require(upload.status == 202, "\(upload.text)")
        _ = try server.follow(upload.string("id"))
        return try server.curl("/v1/jobs/\(upload.string("id"))")
    }

    /// An archive of files that are nothing but zeros.
    private func writeZeros(_ name: String, count: Int, bytes: Int) throws {
        let script = """
            import sys, zipfile
            with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as archive:
                for number in range(int(sys.argv[2])): archive.writestr(f'a/{number}.png', bytes(int(sys.argv[3])))
            """
        try run(["python3", "-c", script, name, "\(count)", "\(bytes)"])
    }

    private func run(_ command: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = workshop.url
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    @Test func areHeeded() throws {
        try checkPhotosAndModels()
        try checkArchives()
        try checkImports()
    }

    private func checkPhotosAndModels() throws {
        // archives.path_bytes, limits.image_bytes, limits.image_pixels.
        try run(["python3", "-c", "import shutil; shutil.make_archive('photos', 'zip', 'photos')"])
        #expect(try ingest("colours", "photos.zip").string("state") == "succeeded")
        let dataset = try server.curl("/v1/datasets/colours")
        #expect(dataset.integer("images") == 24)
        let reasons = dataset.strings("report.files", "reason").sorted()
        #expect(reasons.count == 3 && reasons.contains { $0.contains("longer than 32 bytes") }, "\(reasons)")
        #expect(reasons.contains { $0.contains("1100000 bytes") }, "\(reasons)")
        #expect(reasons.contains { $0.contains("at most 3000 pixels") }, "\(reasons)")

        // training.default_recipe, training.default_fit, models.promotion.
        let job = try server.json("/v1/jobs", #"{"dataset": "colours"}"#)
        #expect(job.string("options.recipe") == "retrain" && job.string("options.fit") == "squash", "\(job.text)")
        #expect(job.string("options.promotion") == "manual")
        #expect(try server.follow(job.string("id")).last?.contains(#""state":"succeeded""#) == true)
        #expect(try server.curl("/v1/models/colours").text.contains(#""aliases":[]"#))
        #expect(try server.curl("/classify", "-X", "POST", "-T", "photos/red/0.png").status == 409)
        // tensorboard.enabled.
        #expect(!FileManager.default.fileExists(atPath: workshop.url.appendingPathComponent("data/logs").path))

        // classify.top_k, limits.classify_images, and limits.image_bytes again.
        let path = "/v1/models/colours/classify?version=1"
        let answer = try server.curl(path, "-X", "POST", "-T", "photos/red/0.png")
        #expect(answer.strings("predictions", "label") == ["red"], "\(answer.text)")
        let form = ["-F", "a=@photos/red/0.png", "-F", "b=@photos/red/large.png"]
        let mixed = try server.curlAll(path, form)
        #expect(mixed.string("results.0.predictions.0.label") == "red", "\(mixed.text)")
        #expect(mixed.string("results.1.error.detail").contains("at most 1100000 are read"), "\(mixed.text)")
        #expect(try server.curlAll(path, form + ["-F", "c=@photos/red/1.png"]).status == 413)
    }

    private func checkArchives() throws {
        // What is more than these is refused, and what by default would be is not.
        try writeZeros("many.zip", count: 41, bytes: 1)
        #expect(try ingest("many", "many.zip").string("error.code") == "too_many_entries")
        try writeZeros("total.zip", count: 21, bytes: 1_000_000)
        #expect(try ingest("total", "total.zip").string("error.code") == "too_large")
        try writeZeros("bomb.zip", count: 12, bytes: 1_000_000)
        #expect(try ingest("bomb", "bomb.zip").string("error.code") == "no_usable_images")
    }

    // The server itself has something to fetch, which is no archive.
    private func checkImports() throws {
        func code(_ path: String, _ dataset: String) throws -> String {
            let job = try server.json("/v1/datasets/\(dataset)/import", #"{"url": "\#(server.address)\#(path)"}"#)
            try #require(job.status == 202, "\(job.text)")
            _ = try server.follow(job.string("id"))
            return try server.curl("/v1/jobs/\(job.string("id"))").string("error.code")
        }
        #expect(try code("/livez", "small") == "not_an_archive")
        #expect(try code("/openapi.json", "large") == "too_large")
    }
}
