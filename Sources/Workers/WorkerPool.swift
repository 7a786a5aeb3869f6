import Dispatch
import Foundation
import Synchronization

/// A pool of a fixed number of Dispatch threads for blocking and heavy work, and the one bridge from `async` code to it.
///
/// Swift's cooperative pool has as many threads as there are cores, so one C call that blocks there stops every other
/// task. Whatever decodes, infers, fits or waits for a disk runs here instead. Work starts in the order in which it was
/// submitted; at most `width` pieces run at a time.
public final class WorkerPool: Sendable {
    public let width: Int

    fileprivate struct State {
        /// Workers without work.
        var idle: [Int]
        var waiting: [@Sendable () -> Void] = []
        var head = 0
    }

    private let state: Mutex<State>
    /// One serial queue a worker. A concurrent queue would share as many threads as there are cores with all others:
    /// while another pool computes, its work would wait (4 s behind 4 s of work, where these start within 2 ms).
    private let queues: [DispatchQueue]
    private let niceness: Int32

    /// - Parameters:
    ///   - name: shown by debuggers as the queues' label.
    ///   - niceness: 0 to 19 (nice(2)): how far work stands back where others want the cores too; at 10 it has about a tenth of
    ///     what they have.
    public init(name: String, width: Int, niceness: Int32 = 0) {
        precondition(width > 0, "a pool needs at least one worker")
        self.width = width
        self.niceness = niceness
        state = Mutex(State(idle: Array((0..<width).reversed())))
        queues = (0..<width).map { DispatchQueue(label: "regraft.\(name).\($0)") }
    }

    /// Runs `body` on a worker and returns what it returns.
    ///
    /// When the calling task is cancelled, the flag handed to `body` is set; `body` polls it and throws. Work that was
    /// still waiting for a worker then does not run at all, and the task does not wait for one either.
    public func run<Value: Sendable>(
        _ body: @escaping @Sendable (CancellationFlag) throws -> Value
    ) async throws -> Value {
        let request = WorkRequest(body)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if request.wait(continuation) { submit(request.perform) }
            }
        } onCancel: {
            request.cancel()
        }
    }

    /// Whether work waits for a worker. Work that goes on for long looks, and makes room.
    public var isWanted: Bool { state.withLock { $0.head < $0.waiting.count } }

    /// Runs `body` on `count` workers at once, numbered from 0, and waits for all of them; the first error cancels the
    /// others and is thrown.
    public func runOnEach(
        of count: Int, _ body: @escaping @Sendable (_ worker: Int, CancellationFlag) throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<count {
                group.addTask { try await self.run { flag in try body(worker, flag) } }
            }
            // Not `waitForAll`, which waits for the others and only then throws, without cancelling them.
            for try await _ in group {}
        }
    }

    private func submit(_ work: @escaping @Sendable () -> Void) {
        let worker = state.withLock { state in
            if state.idle.isEmpty { state.waiting.append(work) }
            return state.idle.popLast()
        }
        guard let worker else { return }
        guard niceness > 0 else {
            queues[worker].async { self.drain(worker, startingWith: work) }
            return
        }
        // Dispatch's threads serve every queue, and one that has stood back cannot come forward again (setpriority(2)).
        Thread.detachNewThread {
            // On Linux a thread has a niceness of its own.
            setpriority(Int32(PRIO_PROCESS.rawValue), 0, self.niceness)
            self.drain(worker, startingWith: work)
        }
    }

    private func drain(_ worker: Int, startingWith first: @escaping @Sendable () -> Void) {
        var next: (@Sendable () -> Void)? = first
        while let work = next {
            work()
            next = state.withLock { state in state.takeNext(worker) }
        }
    }
}

extension WorkerPool.State {
    /// The longest-waiting work, or nil and the worker is idle.
    fileprivate mutating func takeNext(_ worker: Int) -> (@Sendable () -> Void)? {
        guard head < waiting.count else {
            idle.append(worker)
            waiting.removeAll(keepingCapacity: true)
            head = 0
            return nil
        }
        let work = waiting[head]
        head += 1
        if head >= 64, head * 2 >= waiting.count {
            // Done work would otherwise be kept for as long as the pool is never idle.
            waiting.removeFirst(head)
            head = 0
        }
        return work
    }
}
