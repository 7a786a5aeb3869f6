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
            EventJSON.encode(State(state: state, phase: phase, attempt: attempt))
        case .progress(let progress): EventJSON.encode(Progress(progress))
        case .metric(let step): EventJSON.encode(Metric(step))
        case .warning(let code, let message): EventJSON.encode(Warning(code: code, message: message))
        case .done(let job): JobEvent(endOf: job, sequence: 0, at: .now).data
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
}

extension Double {
    func rounded(places: Int) -> Double {
        let factor = pow(10, Double(places))
        return (self * factor).rounded() / factor
    }
}
