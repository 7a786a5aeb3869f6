import Domain
import Synchronization

/// What is counted while there is no curve to show, as a person watches it. Any thread may report.
final class FitProgressLine: Sendable {
    private let line = Mutex<ProgressLine?>(nil)

    func report(_ unit: JobProgress.Unit, done: Int, total: Int) {
        line.withLock { line in
            let current =
                line
                ?? ProgressLine(unit == .fits ? "Cross-validation" : "Without distorted views", unit: unit.rawValue)
            current.update(done: done, total: total, worked: done)
            line = done < total ? current : nil
        }
    }
}
