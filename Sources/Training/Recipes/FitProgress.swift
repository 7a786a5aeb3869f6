public import Domain
import Synchronization

/// Told what is counted, how many are done, and of how many, while there is no curve to show.
public typealias FitProgress = @Sendable (_ unit: JobProgress.Unit, _ done: Int, _ total: Int) -> Void

/// Counts fits that run side by side.
final class FitCounter: Sendable {
    let total: Int
    private let progress: FitProgress
    private let done = Mutex(0)

    init(total: Int, _ progress: @escaping FitProgress) {
        self.total = total
        self.progress = progress
        progress(.fits, 0, total)
    }

    func add(_ count: Int) {
        // Within the lock, so that what is told never goes back.
        done.withLock { done in
            done += count
            progress(.fits, done, total)
        }
    }
}
