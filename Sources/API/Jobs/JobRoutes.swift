import Domain
import Foundation
import HTTP
import HTTPTypes
import Jobs
import Storage

/// `/v1/jobs`: submit, look, cancel, forget.
struct JobRoutes: Sendable {
    private let environment: APIEnvironment
    private var catalog: any Catalog { environment.catalog }

    init(_ environment: APIEnvironment) { self.environment = environment }

    func register(_ router: inout Router) {
        router.post("/v1/jobs", bodyLimit: environment.settings.requestBytes, submit)
        router.get("/v1/jobs", list)
        router.get("/v1/jobs/{job}", show)
        router.post("/v1/jobs/{job}/cancel", bodyLimit: environment.settings.requestBytes, cancel)
        router.delete("/v1/jobs/{job}", delete)
    }

    private func submit(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        var fields = try await FieldReader(json: request)
        let training = TrainingRequest(&fields, environment.settings)
        try fields.finish()
        guard let training else { return Response(status: .badRequest) }  // `finish` has thrown
        let key = try request.idempotencyKey(training.fingerprint)
        // Before it is looked whether it can be trained: since the first time the dataset may have changed.
        var known: Submission?
        if let key { known = try await catalog.replay(of: key, at: .now) }
        let submission: Submission
        if let known {
            submission = known
        } else {
            submission = try await environment.jobs.submit(
                try await resolve(training), priority: training.priority, idempotency: key)
        }
        var response = try JSONResponse.make(JobDocument(submission.job), status: .accepted)
        response.headers[.location] = "/v1/jobs/\(submission.job.id)"
        if submission.isReplay { response.headers[.idempotentReplayed] = "true" }
        return response
    }

    /// Finds out now, rather than when the job runs, what cannot be trained.
    private func resolve(_ training: TrainingRequest) async throws -> TrainSpecification {
        let dataset = try await catalog.requiredDataset(training.dataset)
        guard let version = training.datasetVersion ?? dataset.current?.number else {
            throw RegraftError(
                dataset.ingesting == nil ? "dataset_empty" : "dataset_busy",
                "The dataset '\(training.dataset)' has no version that can be used yet"
                    + (dataset.ingesting?.job.map { "; the job \($0) is ingesting the first one. Wait for it." }
                        ?? ". PUT an archive of photos to /v1/datasets/\(training.dataset)."))
        }
        let all = try await catalog.labels(of: training.dataset, version: version)
        if let label = training.options.noneLabel, !all.contains(where: { $0.label == label }) {
            // As a class of its own under another name, what was meant to be none would be trained on.
            let detail =
                "Version \(version) of the dataset '\(training.dataset)' has no photo with the label '\(label.text.printable)'; it has "
                + all.prefix(8).map { "'\($0.label.text.printable)'" }.joined(separator: ", ")
                + (all.count > 8 ? " and \(all.count - 8) more." : ".")
            var problem = Problem(
                .badRequest, type: "urn:regraft:problem:invalid-fields", "The field 'none_label' is wrong: \(detail)")
            problem.errors = [Problem.Item(subject: "none_label", detail: detail)]
            throw problem
        }
        let labels = all.filter { $0.label != training.options.noneLabel }
        guard labels.count >= 2 else {
            throw RegraftError(
                "too_few_classes",
                "A classifier needs at least two classes; version \(version) of the dataset '\(training.dataset)' has "
                    + (labels.first.map { "only '\($0.label.text.printable)'" } ?? "none")
                    + (training.options.noneLabel.map {
                        " beside '\($0.text.printable)', which is of none of the classes."
                    } ?? ".")
                    + " Add photos with other labels.")
        }
        _ = try await environment.backbones.backbone(training.backbone)
        if try await catalog.model(training.model) == nil {
            let (count, limit) = (
                try await catalog.modelCount(besides: training.model), environment.settings.maximumModels
            )
            guard count < limit else {
                throw RegraftError(
                    "too_many_models",
                    "There are \(count) models already, with those of jobs that wait or run, and \(limit) is the limit "
                        + "(models.maximum).")
            }
        }
        return TrainSpecification(
            dataset: training.dataset, datasetVersion: version, model: training.model, backbone: training.backbone,
            options: training.options, promotion: training.promotion)
    }

    private func list(_ request: Request) async throws -> Response {
        var query = FieldReader(query: request.query)
        let page = Page(&query)
        let before = page.job(&query)
        let filter = JobFilter(
            state: query.choice("state", as: Job.State.self), kind: query.choice("kind", as: Job.Kind.self),
            dataset: query.name("dataset", kind: "dataset"), model: query.name("model", kind: "model"))
        try query.finish()
        let found = try await catalog.jobs(filter, before: before, limit: page.lookahead)
        let (shown, next) = page.cut(found) { $0.id.text }
        return try JSONResponse.make(
            JobList(jobs: shown.map { JobDocument(environment.jobs.live($0)) }, nextCursor: Nullable(next)))
    }

    private func show(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        return try JSONResponse.make(JobDocument(environment.jobs.live(try await Self.job(request, catalog))))
    }

    private func cancel(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        try await request.refuseFields()
        let job = try await environment.jobs.cancel(JobID(text: try request.parameters.get("job")))
        guard !job.state.isFinal || job.state == .cancelled else {
            throw Problem(
                .conflict, type: "urn:regraft:problem:job-over",
                "The job \(job.id) is \(job.state.rawValue), so there is nothing left to cancel.")
        }
        return try JSONResponse.make(
            JobDocument(environment.jobs.live(job)), status: job.state == .cancelled ? .ok : .accepted)
    }

    private func delete(_ request: Request) async throws -> Response {
        try request.refuseQuery()
        try await catalog.deleteJob(JobID(text: try request.parameters.get("job")))
        return Response(status: .noContent)
    }

    static func job(_ request: Request, _ catalog: any Catalog) async throws -> Job {
        try await catalog.requiredJob(JobID(text: try request.parameters.get("job")))
    }
}
