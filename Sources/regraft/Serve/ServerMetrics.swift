import API
import Domain
import Foundation
import Jobs
import Metrics
import Prometheus
import Storage

/// What a server tells of itself beside its requests and its process.
struct ServerMetrics: Sendable {
    let registry: PrometheusRegistry

    init() {
        registry = PrometheusRegistry(
            help: [
                "http_requests_total": "Requests answered.",
                "http_request_duration_seconds": "From a request's first byte to its answer's last.",
                "http_received_bytes_total": "Bytes of requests.",
                "http_sent_bytes_total": "Bytes of answers.",
                "regraft_jobs_total": "Jobs that are over, by how they ended.",
                "regraft_job_duration_seconds": "From a job's last start to its end.",
                "regraft_jobs_queued": "Jobs that wait.",
                "regraft_jobs_running": "Jobs that run.",
                "regraft_classify_pending": "Pictures that are being classified or wait for it.",
                "regraft_models_served": "Aliases that answer.",
                "regraft_models_unavailable": "Aliases that cannot answer; their documents say why.",
                "regraft_ready": "1 where the server can answer, 0 while it starts and stops.",
                "regraft_data_free_bytes": "Bytes that are free where the data is.",
            ],
            buckets: ["regraft_job_duration_seconds": [0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600]])
        // Whoever watches for failures wants to see none, not nothing.
        for kind in [Job.Kind.ingest, .train] {
            for state in [Job.State.succeeded, .failed, .cancelled] { counter(kind, state).increment(by: 0) }
        }
    }

    private func counter(_ kind: Job.Kind, _ state: Job.State) -> Counter {
        Counter(
            label: "regraft_jobs_total", dimensions: [("kind", kind.rawValue), ("state", state.rawValue)],
            factory: registry)
    }

    func ended(_ job: Job) {
        counter(job.kind, job.state).increment()
        guard let start = job.startedAt, let end = job.finishedAt else { return }
        Timer(label: "regraft_job_duration_seconds", dimensions: [("kind", job.kind.rawValue)], factory: registry)
            .recordSeconds(end.timeIntervalSince(start))
    }

    /// Looks at what is only known when somebody asks.
    func observe(_ environment: APIEnvironment, _ runner: JobRunner) async throws {
        func set(_ label: String, _ value: Int, _ dimensions: [(String, String)] = []) {
            Meter(label: label, dimensions: dimensions, factory: registry).set(value)
        }
        let waiting = try await environment.catalog.queueLengths()
        for kind in [Job.Kind.ingest, .train] {
            set("regraft_jobs_queued", waiting[kind] ?? 0, [("kind", kind.rawValue)])
        }
        set("regraft_jobs_running", runner.runningCount)
        set("regraft_classify_pending", environment.classifier.load)
        set("regraft_models_served", environment.registry.count)
        set("regraft_models_unavailable", environment.registry.refusedCount)
        set("regraft_ready", environment.readiness.obstacle == nil ? 1 : 0)
        // The file system may take its time.
        if let free = try await environment.readPool.run({ [room = environment.room] _ in room.freeBytes() }) {
            set("regraft_data_free_bytes", free)
        }
    }
}
