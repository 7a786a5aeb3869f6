import Domain
import Foundation
import Storage
import Synchronization
import Training

/// A job while somebody runs it: what it says goes through here. Any thread may call.
final class RunningJob: Sendable {
    let job: Job
    let lease: JobLease
    private let hub: ProgressHub

    private struct State {
        var progress = JobProgress()
        var metrics = JobMetrics()
        /// When counting began.
        var start = ContinuousClock.now
        var lastReport: ContinuousClock.Instant?
        var shown: CurvePoints
        /// For the evaluation.
        var curve = TrainingCurve()

        mutating func restart(_ progress: JobProgress) {
            self.progress = progress
            (start, lastReport) = (.now, nil)
        }

        /// - Parameter worked: how many of those done took work.
        /// - Returns: what watchers are to be told: something twice a second, and the end at once.
        mutating func advance(
            to done: Int, of total: Int, worked: Int, at now: ContinuousClock.Instant
        ) -> JobProgress? {
            let seconds = max((now - start) / .seconds(1), 1e-6)
            let isEnd = total > 0 && done >= total && progress.done < done
            progress.done = done
            progress.total = total
            progress.rate = worked > 0 ? Double(worked) / seconds : nil
            progress.secondsLeft = done > 0 && done < total ? Double(total - done) * seconds / Double(done) : nil
            if !isEnd, let lastReport, now - lastReport < RunningJob.interval { return nil }
            lastReport = now
            return progress
        }
    }

    private let state: Mutex<State>

    /// Between two events of progress: enough to watch, and a training of an hour stays a few thousand.
    fileprivate static let interval = Duration.milliseconds(500)

    init(_ job: Job, _ lease: JobLease, hub: ProgressHub) {
        self.job = job
        self.lease = lease
        self.hub = hub
        var interval = 1
        if case .train(let training) = job.specification { interval = training.options.evaluationInterval }
        state = Mutex(State(shown: CurvePoints(interval: interval)))
    }

    var progress: JobProgress { state.withLock { $0.progress } }
    var metrics: JobMetrics { state.withLock { $0.metrics } }
    /// Of the fit so far.
    var curve: TrainingCurve { state.withLock { $0.curve } }

    /// Goes on to the next phase.
    func begin(_ phase: Job.Phase) {
        state.withLock { $0.restart(JobProgress(phase: phase)) }
        hub.post(.state(.running, phase: phase, attempt: job.attempt), job: job.id)
    }

    /// Begins to count something, in the same phase.
    /// - Parameter total: 0 where nobody knows.
    func count(_ unit: JobProgress.Unit, total: Int) {
        let progress = state.withLock { state in
            state.restart(JobProgress(phase: state.progress.phase, unit: unit, total: total))
            return state.progress
        }
        if total > 0 { hub.post(.progress(progress), job: job.id) }
    }

    /// - Parameters:
    ///   - done, total: of what `count` was called for.
    ///   - worked: how many of those done took work; the rate follows from these.
    func report(done: Int, total: Int, worked: Int? = nil) {
        let now = ContinuousClock.now
        let progress = state.withLock { $0.advance(to: done, of: total, worked: worked ?? done, at: now) }
        if let progress { hub.post(.progress(progress), job: job.id) }
    }

    /// The same of what begins anew by itself: with another unit, or with fewer done.
    func report(_ unit: JobProgress.Unit, done: Int, total: Int) {
        state.withLock { state in
            guard state.progress.unit != unit || done < state.progress.done else { return }
            state.restart(JobProgress(phase: state.progress.phase, unit: unit, total: total))
        }
        report(done: done, total: total)
    }

    func step(_ step: TrainingStep) {
        let now = ContinuousClock.now
        let (isShown, progress) = state.withLock { state in
            state.metrics.trainAccuracy = step.train.accuracy
            state.metrics.validationAccuracy = step.validation?.accuracy ?? state.metrics.validationAccuracy
            state.metrics.crossEntropy = step.validation?.crossEntropy ?? state.metrics.crossEntropy
            if state.progress.unit != .steps {
                // The first step is done: it began where what was counted before it ended.
                let start = state.lastReport ?? state.start
                state.restart(JobProgress(phase: state.progress.phase, unit: .steps))
                state.start = start
            }
            let done = step.number + 1
            state.curve.add(step)
            return (
                state.shown.keeps(step), state.advance(to: done, of: step.total ?? 0, worked: done, at: now)
            )
        }
        if isShown { hub.post(.metric(step), job: job.id) }
        if let progress { hub.post(.progress(progress), job: job.id) }
    }

    /// What the fit has come to on all validation photos, which the last step of a curve need not be of.
    func setValidation(_ validation: Metrics?) {
        state.withLock { state in
            state.metrics.validationAccuracy = validation?.accuracy
            state.metrics.crossEntropy = validation?.crossEntropy
        }
    }

    func setTestAccuracy(_ accuracy: Double?) { state.withLock { $0.metrics.testAccuracy = accuracy } }

    /// Stores the numbers before the job's last transaction, after which nobody may.
    func save(in catalog: any JobCatalog) async throws {
        _ = try await catalog.renew(
            lease, for: Self.leaseDuration, progress: progress, metrics: metrics, at: .now)
    }

    /// Seconds that a lease is good for without being renewed.
    static let leaseDuration: TimeInterval = 30

    func warn(_ code: String, _ message: String) {
        hub.post(.warning(code: code, message: message.capitalizedSentence), job: job.id)
    }
}

extension String {
    var capitalizedSentence: String { prefix(1).uppercased() + dropFirst() }
}
