import Glibc
import Synchronization

/// Lets pictures that somebody waits for go before photos that are only trained on.
///
/// Both compute on the same cores. While something is being classified, training workers stop between two photos; not for
/// ever, so that a training ends also under steady load: after `patience` a worker goes on, one at a time.
public final class ServingPriority: Sendable {
    private struct State {
        var serving = 0
        /// Whether a training worker has been let through while something is being classified.
        var hasStraggler = false
    }

    private let state = Mutex(State())
    private let patience: Duration

    /// - Parameter patience: how long a training worker waits before it goes on regardless.
    public init(patience: Duration = .milliseconds(50)) { self.patience = patience }

    /// Called when a picture begins to be worked on.
    public func beginServing() { state.withLock { $0.serving += 1 } }

    public func endServing() { state.withLock { $0.serving -= 1 } }

    /// Blocks until nothing is being classified, or a training worker has waited long enough and no other one is let through.
    /// - Returns: to be called when its photo is done.
    public func giveWay() -> @Sendable () -> Void {
        let end = ContinuousClock.now + patience
        while true {
            let (mayGo, isStraggler) = state.withLock { state -> (Bool, Bool) in
                if state.serving == 0 { return (true, false) }
                guard ContinuousClock.now >= end, !state.hasStraggler else { return (false, false) }
                state.hasStraggler = true
                return (true, true)
            }
            if mayGo {
                return { if isStraggler { self.state.withLock { $0.hasStraggler = false } } }
            }
            // Polled, so that whoever classifies does not have to wake anybody.
            usleep(1000)
        }
    }
}
