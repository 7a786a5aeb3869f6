import Domain
import Foundation
import TestSupport
import Testing

/// `/v1/jobs`: look, cancel, forget.
struct JobRoutesTests {
    // Every field of the documented shape is there, null where there is nothing.
    @Test func showsAJobWhole() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 1)
            let job = try await api.get("/v1/jobs/\(api.train("n"))")
            let fields = [
                "id", "kind", "state", "phase", "done", "total", "eta_seconds", "dataset", "dataset_version", "model",
                "model_version", "metrics", "attempt", "error", "created_at", "started_at", "finished_at",
                "metrics.train_accuracy", "metrics.validation_accuracy", "metrics.test_accuracy",
                "metrics.cross_entropy",
            ]
            for field in fields { #expect(job[field] != nil, "\(field)") }
            #expect(job.string("kind") == "train" && job.integer("dataset_version") == 2)
        }
    }

    // RFC 8259, 6: JSON has no infinity. A training that has diverged is a job like any other.
    @Test func showsWhatIsNotFiniteAsNothing() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 1)
            let job = try await api.train("n")
            let lease = try await api.claim(.train)
            var (metrics, progress) = (JobMetrics(), JobProgress())
            (metrics.trainAccuracy, metrics.testAccuracy, metrics.crossEntropy) = (0.5, -.infinity, .nan)
            (progress.rate, progress.secondsLeft) = (.infinity, .nan)
            _ = try await api.catalog.renew(lease, for: 3600, progress: progress, metrics: metrics, at: .now)
            for (path, at) in [("/v1/jobs", "jobs.0."), ("/v1/jobs/\(job)", "")] {
                let answer = try await api.get(path)
                #expect(answer.status == 200 && answer["\(at)metrics.train_accuracy"] as? Double == 0.5)
                for field in ["metrics.test_accuracy", "metrics.cross_entropy", "per_second", "eta_seconds"] {
                    #expect(answer[at + field] is NSNull, "\(field)")
                }
            }
        }
    }

    @Test func cancelsTwice() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 1)
            let (waiting, other) = (try await api.train("n"), try await api.train("n"))
            let lease = try await api.claim(.train)
            let running = lease.job.text
            let queued = running == waiting ? other : waiting
            for _ in 0..<2 {
                let answer = try await api.ask("POST", "/v1/jobs/\(queued)/cancel")
                #expect(answer.status == 200 && answer.string("state") == "cancelled", "\(answer.text)")
            }
            // What runs is asked to end; until it has, that is accepted, however often.
            for _ in 0..<2 {
                let answer = try await api.ask("POST", "/v1/jobs/\(running)/cancel")
                #expect(answer.status == 202 && answer.string("state") == "running", "\(answer.text)")
                #expect(answer["cancel_requested"] as? Bool == true)
            }
            _ = try await api.catalog.finish(lease, as: .cancelled, error: nil, at: .now)
            #expect(try await api.ask("POST", "/v1/jobs/\(running)/cancel").status == 200)
        }
    }

    @Test func cannotCancelWhatIsOver() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 1)
            let job = try await api.train("n")
            let error = JobError(code: "diverged", message: "It has diverged.")
            _ = try await api.catalog.finish(api.claim(.train), as: .failed, error: error, at: .now)
            let answer = try await api.ask("POST", "/v1/jobs/\(job)/cancel")
            expect(answer, 409, "job-over", saying: job, "failed")
            let shown = try await api.get("/v1/jobs/\(job)")
            #expect(shown.string("error.code") == "diverged" && shown.string("error.message") == "It has diverged.")
        }
    }

    @Test func forgetsOnlyWhatIsOver() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 1)
            let job = try await api.train("n")
            expect(try await api.ask("DELETE", "/v1/jobs/\(job)"), 409, "job-active", saying: job, "cancel it first")
            _ = try await api.ask("POST", "/v1/jobs/\(job)/cancel")
            #expect(try await api.ask("DELETE", "/v1/jobs/\(job)").status == 204)
            for path in ["/v1/jobs/\(job)", "/v1/jobs/\(job)/events"] {
                expect(try await api.get(path), 404, "unknown-job", saying: job, in: path)
            }
            expect(try await api.ask("DELETE", "/v1/jobs/\(job)"), 404, "unknown-job")
            expect(try await api.ask("POST", "/v1/jobs/\(job)/cancel"), 404, "unknown-job")
        }
    }

    @Test func filtersTheList() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 1)
            let (first, second) = (try await api.train("n"), try await api.train("n", #", "model": "m""#))
            _ = try await api.ask("POST", "/v1/jobs/\(first)/cancel")
            let cases: [(query: String, jobs: [String])] = [
                ("", [first, second]), ("?state=queued", [second]), ("?state=cancelled", [first]),
                ("?model=m", [second]),
                ("?dataset=n&state=running", []), ("?kind=ingest", []), ("?kind=train&model=n", [first]),
            ]
            for (query, jobs) in cases {
                #expect(Set(try await api.get("/v1/jobs\(query)").strings("jobs", "id")) == Set(jobs), "\(query)")
            }
            expect(try await api.get("/v1/jobs?state=done"), 400, "invalid-parameters", saying: "succeeded")
            expect(try await api.get("/v1/jobs?kind=all"), 400, "invalid-parameters", saying: "ingest, train")
        }
    }
}
