import Dispatch
import Synchronization

/// Holds workers until a test lets them go, and tells the test that one has come.
public final class Latch: Sendable {
    private struct State {
        var isHolding = true
        var count = 0
        var held = 0
    }

    private let state = Mutex(State())
    private let semaphore = DispatchSemaphore(value: 0)

    public init(isHolding: Bool = true) { state.withLock { $0.isHolding = isHolding } }

    /// Workers that have come so far.
    public var count: Int { state.withLock { $0.count } }

    public func close() { state.withLock { $0.isHolding = true } }

    /// Blocks a worker's thread; never one of Swift's.
    public func wait() {
        let isHeld = state.withLock { state in
            state.count += 1
            if state.isHolding { state.held += 1 }
            return state.isHolding
        }
        if isHeld { semaphore.wait() }
    }

    public func open() {
        let held = state.withLock { state in
            defer { (state.isHolding, state.held) = (false, 0) }
            return state.held
        }
        for _ in 0..<held { semaphore.signal() }
    }
}
