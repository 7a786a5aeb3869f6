import Glibc
import Synchronization

/// Lets pictures that somebody waits for go before photos that are only trained on.
///
/// Both compute on the same cores, and what has begun is not interrupted. So while something is being classified, training
/// workers stop between two photos; and for `calm` after it they go on one at a time, so that who asks one question after
/// the other finds a core free. Not for ever: a training ends also under steady load, because after `patience` a worker
/// goes on regardless, one at a time too.
public final class ServingPriority: Sendable {
    private struct State {
        var serving = 0
        var lastServed: ContinuousClock.Instant?
        /// Whether a training worker has been let through that others have to wait for.
        var hasStraggler = false
    }

    private let state = Mutex(State())
    private let patience: Duration
    private let calm: Duration

    /// - Parameters:
    ///   - patience: how long a training worker waits before it goes on regardless.
    ///   - calm: how long after an answer training has all cores again.
    public init(patience: Duration = .milliseconds(50), calm: Duration = .milliseconds(250)) {
        self.patience = patience
        self.calm = calm
    }

    /// Called when a picture begins to be worked on.
    public func beginServing() { state.withLock { $0.serving += 1 } }

    public func endServing() {
        let now = ContinuousClock.now
        state.withLock { state in
            state.serving -= 1
            state.lastServed = now
        }
    }

    /// Blocks until a training worker may go on with one photo.
    /// - Returns: to be called when its photo is done.
    public func giveWay() -> @Sendable () -> Void {
        let start = ContinuousClock.now
        while true {
            let now = ContinuousClock.now
            let (mayGo, isStraggler) = state.withLock { state -> (Bool, Bool) in
                if state.serving == 0, state.lastServed.map({ now - $0 >= calm }) ?? true { return (true, false) }
                guard state.serving == 0 || now - start >= patience, !state.hasStraggler else { return (false, false) }
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
