import Synchronization

/// One piece of work between the task that waits for it and the worker that does it: whoever of the canceller and the worker
/// comes first has it, so the task is resumed once.
final class WorkRequest<Value: Sendable>: Sendable {
    typealias Body = @Sendable (CancellationFlag) throws -> Value

    private enum State {
        case new(Body)
        case waiting(Body, CheckedContinuation<Value, any Error>)
        /// A worker has it, or nobody wants it any more.
        case taken
    }

    private let state: Mutex<State>
    private let flag = CancellationFlag()

    init(_ body: @escaping Body) { state = Mutex(.new(body)) }

    /// - Returns: whether a worker is to perform it; else the task has been resumed.
    func wait(_ continuation: CheckedContinuation<Value, any Error>) -> Bool {
        let isWanted = state.withLock { state in
            guard case .new(let body) = state else { return false }
            state = .waiting(body, continuation)
            return true
        }
        if !isWanted { continuation.resume(throwing: CancellationError()) }
        return isWanted
    }

    /// On a worker.
    func perform() {
        guard let (body, continuation) = take() else { return }
        continuation.resume(with: Result { try body(flag) })
    }

    /// From any thread.
    func cancel() {
        flag.cancel()
        take()?.continuation.resume(throwing: CancellationError())
    }

    /// The body is let go of with it, however long the request still stands in the queue.
    private func take() -> (body: Body, continuation: CheckedContinuation<Value, any Error>)? {
        state.withLock { state in
            defer { state = .taken }
            guard case .waiting(let body, let continuation) = state else { return nil }
            return (body, continuation)
        }
    }
}
