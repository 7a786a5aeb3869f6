import Domain
import Foundation

/// A job as clients see it.
struct JobDocument: Encodable {
    var id: String
    var kind: Job.Kind
    var state: Job.State
    var phase: Nullable<Job.Phase>
    /// Of `done` and `total`.
    var unit: Nullable<JobProgress.Unit>
    var done: Int
    var total: Int
    var perSecond: Nullable<Double>
    var etaSeconds: Nullable<Double>
    var dataset: String
    var datasetVersion: Int
    var model: Nullable<String>
    var modelVersion: Nullable<Int>
    var metrics: Metrics
    var priority: Int
    var attempt: Int
    var cancelRequested: Bool
    var error: Nullable<JobError>
    var createdAt: Date
    var startedAt: Nullable<Date>
    var finishedAt: Nullable<Date>
    /// What was asked for.
    var options: Nullable<TrainingOptionsDocument>
    var backbone: Nullable<String>

    struct Metrics: Encodable {
        var trainAccuracy: Nullable<Double>
        var validationAccuracy: Nullable<Double>
        var testAccuracy: Nullable<Double>
        var crossEntropy: Nullable<Double>

        init(_ metrics: JobMetrics) {
            trainAccuracy = Nullable(metrics.trainAccuracy)
            validationAccuracy = Nullable(metrics.validationAccuracy)
            testAccuracy = Nullable(metrics.testAccuracy)
            crossEntropy = Nullable(metrics.crossEntropy)
        }
    }

    init(_ job: Job) {
        id = job.id.text
        kind = job.kind
        state = job.state
        phase = Nullable(job.progress.phase)
        unit = Nullable(job.progress.unit)
        done = job.progress.done
        total = job.progress.total
        perSecond = Nullable(job.state == .running ? job.progress.rate.map { ($0 * 10).rounded() / 10 } : nil)
        etaSeconds = Nullable(job.state == .running ? job.progress.secondsLeft.map { ($0 * 10).rounded() / 10 } : nil)
        dataset = job.dataset.text
        datasetVersion = job.datasetVersion
        model = Nullable(job.model?.text)
        modelVersion = Nullable(job.modelVersion)
        metrics = Metrics(job.metrics)
        priority = job.priority
        attempt = job.attempt
        cancelRequested = job.isCancelRequested
        error = Nullable(job.error)
        createdAt = job.createdAt
        startedAt = Nullable(job.startedAt)
        finishedAt = Nullable(job.finishedAt)
        if case .train(let training) = job.specification {
            (options, backbone) = (Nullable(TrainingOptionsDocument(training)), Nullable(training.backbone))
        } else {
            (options, backbone) = (Nullable(nil), Nullable(nil))
        }
    }
}

struct JobList: Encodable {
    var jobs: [JobDocument]
    var nextCursor: Nullable<String>
}
