import Foundation
import TestSupport
import Testing

/// A disk that is full, before or in the middle of an upload: 507, nothing half-kept, and what is there goes on answering.
struct DiskFullTests {
    @Test func keepsNothingOfAnUploadThatDoesNotFit() async throws {
        try await TestAPI.with({ $0.labels = Photos.colours }) { api in
            try await api.addDataset("flowers", photos: 1)
            let before = try api.disk.digests()
            api.disk.fill(leaving: 300_000)
            let archive = Data("PK".utf8) + Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 8) })
            for fields in [[:], ["Idempotency-Key": "k"]] {
                let answer = try await api.ask("PUT", "/v1/datasets/big", fields, archive)
                expect(answer, 507, "disk-full", saying: "Make room")
            }
            expect(try await api.get("/v1/datasets/big"), 404, "unknown-dataset")
            #expect(try await api.get("/v1/jobs").strings("jobs", "id").isEmpty)
            #expect(try api.disk.digests() == before && api.disk.unfinished().isEmpty)
            let red = try await api.ask("POST", "/classify", [:], Photos.photo("red"))
            #expect(red.status == 200 && red.string("predictions.0.label") == "red", "\(red.text)")
            // The key was used for nothing yet.
            api.disk.fill(leaving: .max)
            let again = try await api.ask("PUT", "/v1/datasets/big", ["Idempotency-Key": "k"], archive)
            #expect(again.status == 202, "\(again.text)")
        }
    }

    @Test func addsNoneOfPhotosThatDoNotAllFit() async throws {
        try await TestAPI.with { api in
            let files = (0..<10).map { (name: "\($0).png", bytes: Photos.photo("red", $0)) }
            api.disk.fill(leaving: 5000)
            let answer = try await api.post("/v1/datasets/n/images?label=red", Form(files))
            expect(answer, 507, "disk-full", saying: "Make room")
            expect(try await api.get("/v1/datasets/n"), 404, "unknown-dataset")
            #expect(try api.disk.unfinished().isEmpty)
            let one = try await api.ask("POST", "/v1/datasets/n/images?label=red", [:], Photos.photo("red"))
            expect(one, 507, "disk-full")
            api.disk.fill(leaving: .max)
            #expect(try await api.post("/v1/datasets/n/images?label=red", Form(files)).status == 201)
        }
    }

    // Room is kept for the catalog: what would take it is refused before it comes.
    @Test func refusesWhatWouldTakeTheLastRoom() async throws {
        let change = { (setup: inout TestAPI.Setup) in
            (setup.freeBytes, setup.minimumFreeBytes) = (5_000_000, 4_900_000)
        }
        try await TestAPI.with(change) { api in
            let archive = Data("PK".utf8) + Data(count: 200_000)
            let upload = try await api.ask("PUT", "/v1/datasets/n", [:], archive)
            expect(
                upload, 507, "disk-full", saying: "5 MB are free", "4 MB must stay free (data.minimum_free_bytes)",
                "deleting")
            let small = try await api.ask("PUT", "/v1/datasets/n", [:], archive.prefix(50_000))
            #expect(small.status == 202, "\(small.text)")
        }
        try await TestAPI.with({ $0.freeBytes = 1 }) { api in
            let photo = try await api.ask("POST", "/v1/datasets/n/images?label=a", [:], Photos.photo("red"))
            expect(photo, 507, "disk-full", saying: "209 MB must stay free (data.minimum_free_bytes)")
            let link = try await api.json("POST", "/v1/datasets/n/import", #"{"url": "https://example.com/a"}"#)
            expect(link, 507, "disk-full")
        }
    }
}
