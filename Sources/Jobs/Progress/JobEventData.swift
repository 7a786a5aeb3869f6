public import Domain
import Foundation
public import Training

/// What a job says, with the names that watchers read.
public enum JobEventData: Sendable {
    case state(Job.State, phase: Job.Phase?, attempt: Int)
    case progress(JobProgress)
    case metric(TrainingStep)
    case warning(code: String, message: String)
    case done(Job)

    public var kind: JobEvent.Kind {
        switch self {
        case .state: .state
        case .progress: .progress
        case .metric: .metric
        case .warning: .warning
        case .done: .done
        }
    }

    /// A JSON object, snake_case.
    public var json: String {
        switch self {
        case .state(let state, let phase, let attempt):
            Self.encode(State(state: state, phase: phase, attempt: attempt))
        case .progress(let progress): Self.encode(Progress(progress))
        case .metric(let step): Self.encode(Metric(step))
        case .warning(let code, let message): Self.encode(Warning(code: code, message: message))
        case .done(let job): Self.encode(Done(job))
        }
    }

    private struct State: Encodable {
        var state: Job.State
        var phase: Job.Phase?
        var attempt: Int
    }

    private struct Progress: Encodable {
        var phase: Job.Phase?
        var unit: JobProgress.Unit?
        var done: Int
        var total: Int
        var perSecond: Double?
        var etaSeconds: Double?

        init(_ progress: JobProgress) {
            phase = progress.phase
            unit = progress.unit
            done = progress.done
            total = progress.total
            perSecond = progress.rate.map { $0.rounded(places: 1) }
            etaSeconds = progress.secondsLeft.map { $0.rounded(places: 1) }
        }
    }

    private struct Metric: Encodable {
        var step: Int
        var steps: Int?
        var trainAccuracy: Double
        var trainCrossEntropy: Double
        var validationAccuracy: Double?
        var validationCrossEntropy: Double?
        var validationImages: Int?

        init(_ step: TrainingStep) {
            self.step = step.number
            steps = step.total
            trainAccuracy = step.train.accuracy.rounded(places: 4)
            trainCrossEntropy = step.train.crossEntropy.rounded(places: 6)
            validationAccuracy = step.validation?.accuracy.rounded(places: 4)
            validationCrossEntropy = step.validation?.crossEntropy.rounded(places: 6)
            validationImages = step.validation?.count
        }
    }

    private struct Warning: Encodable {
        var code: String
        var message: String
    }

    private struct Done: Encodable {
        var state: Job.State
        var model: String?
        var modelVersion: Int?
        var dataset: String
        var datasetVersion: Int
        var metrics: JobMetrics?
        var error: JobError?

        init(_ job: Job) {
            state = job.state
            model = job.model?.text
            modelVersion = job.modelVersion
            dataset = job.dataset.text
            datasetVersion = job.datasetVersion
            metrics = job.metrics.isEmpty ? nil : job.metrics
            error = job.error
        }
    }

    private static func encode(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Infinity and NaN, which JSON has no way to write, come from a fit that is about to be refused.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let data = try? encoder.encode(value) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}

extension Double {
    func rounded(places: Int) -> Double {
        let factor = pow(10, Double(places))
        return (self * factor).rounded() / factor
    }
}
