import Domain
import Foundation
import TestSupport
import Testing

/// `/v1/datasets`: what there is, and its end.
struct DatasetTests {
    @Test func showsWhatADatasetHolds() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 3)
            let dataset = try await api.get("/v1/datasets/n")
            #expect(dataset.integer("version") == 2 && dataset.integer("images") == 6, "\(dataset.text)")
            #expect(dataset.strings("labels", "label") == ["blue", "red"])
            #expect(dataset.integer("labels.0.images") == 3 && dataset.integer("labels.0.train") == 0)
            #expect(dataset["ingesting"] is NSNull && dataset.integer("report.refused") == 0)
            #expect(dataset.strings("versions", "origin") == ["images", "images"])
            let report = try await api.get("/v1/datasets/n/versions/1/report")
            #expect(report.status == 200 && report.integer("refused") == 0, "\(report.text)")
        }
    }

    // RFC 3339, in UTC.
    @Test func writesTimesInUTC() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 1)
            let text = try await api.get("/v1/datasets/n").string("created_at")
            #expect(text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil, "\(text)")
        }
    }

    // While it waits and while it runs; afterwards it may go.
    @Test func keepsADatasetThatAJobUses() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 1)
            let job = try await api.train("n")
            let queued = try await api.ask("DELETE", "/v1/datasets/n")
            expect(queued, 409, "dataset-in-use", saying: job, "Wait for it, or cancel it")
            let lease = try await api.claim(.train)
            let running = try await api.ask("DELETE", "/v1/datasets/n")
            expect(running, 409, "dataset-in-use", saying: job)
            _ = try await api.catalog.finish(lease, as: .cancelled, error: nil, at: .now)
            #expect(try await api.ask("DELETE", "/v1/datasets/n").status == 204)
            expect(try await api.ask("DELETE", "/v1/datasets/n"), 404, "unknown-dataset", saying: "'n'")
            for path in ["", "/images", "/images/1", "/versions", "/versions/1/report"] {
                expect(try await api.get("/v1/datasets/n" + path), 404, "unknown-dataset", in: path)
            }
        }
    }
}
