import Dispatch
import Foundation
import Glibc
import Synchronization
import Testing
import Workers

@Suite(.timeLimit(.minutes(5)))
struct WorkerPoolTests {
    private struct Failure: Error, Equatable {
        var number = 0
    }

    /// Counts what runs at the same moment.
    private final class Gauge: Sendable {
        private let state = Mutex((now: 0, most: 0, total: 0))

        func enter() { state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.total + 1) } }
        func leave() { state.withLock { $0.now -= 1 } }
        var most: Int { state.withLock { $0.most } }
        var total: Int { state.withLock { $0.total } }
    }

    /// Waits for a semaphore on a thread of its own, off the cooperative pool.
    private func wait(for semaphore: DispatchSemaphore) async {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "test.wait").async {
                semaphore.wait()
                continuation.resume()
            }
        }
    }

    @Test func returnsAndThrows() async throws {
        let pool = WorkerPool(name: "test", width: 2)
        #expect(try await pool.run { _ in 42 } == 42)
        await #expect(throws: Failure(number: 7)) { try await pool.run { _ in throw Failure(number: 7) } }
        // An error does not cost the pool a worker.
        #expect(try await pool.run { _ in "still there" } == "still there")
    }

    // The thread stands back, and no other one with it.
    @Test func standsBack() async throws {
        @Sendable func niceness() -> Int32 { getpriority(Int32(PRIO_PROCESS.rawValue), 0) }
        let (pool, other) = (
            WorkerPool(name: "test", width: 2, niceness: 7), WorkerPool(name: "test", width: 2)
        )
        let usual = try await other.run { _ in niceness() }
        for _ in 0..<4 { #expect(try await pool.run { _ in niceness() } == 7) }
        for _ in 0..<4 { #expect(try await other.run { _ in niceness() } == usual) }
    }

    // All the workers there are, and never more: with everything submitted, exactly so many have begun.
    @Test(arguments: [1, 3])
    func runsAsManyAtOnceAsItIsWide(width: Int) async throws {
        let pool = WorkerPool(name: "test", width: width)
        let (gauge, isOpen) = (Gauge(), CancellationFlag())
        let tasks = (0..<width * 20).map { _ in
            Task.immediate {
                try await pool.run { _ in
                    gauge.enter()
                    while !isOpen.isCancelled { usleep(100) }
                    gauge.leave()
                }
            }
        }
        while gauge.total < width { try await Task.sleep(for: .milliseconds(1)) }
        // Time for one too many to begin, if there is one.
        try await Task.sleep(for: .milliseconds(100))
        #expect(gauge.total == width)
        isOpen.cancel()
        for task in tasks { try await task.value }
        #expect(gauge.total == width * 20)
        #expect(gauge.most == width)
    }

    // Serving does not wait for training: a pool has its threads also while another one computes on every core.
    @Test func startsWhileAnotherPoolIsBusy() async throws {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let (busy, other) = (WorkerPool(name: "busy", width: cores * 2), WorkerPool(name: "other", width: 1))
        let hasRun = CancellationFlag()
        let begun = Order()
        let tasks = (0..<cores * 2).map { number in
            Task.immediate {
                try await busy.run { _ in
                    begun.append(number)
                    // Never asleep, as work that computes; half a minute at most, so that a failure is no hang.
                    let end = DispatchTime.now() + 30
                    while !hasRun.isCancelled && DispatchTime.now() < end {}
                    return hasRun.isCancelled
                }
            }
        }
        while begun.numbers.count < cores { usleep(100) }
        try await other.run { _ in hasRun.cancel() }
        var sawIt = false
        for task in tasks { sawIt = try await task.value || sawIt }
        #expect(sawIt && begun.numbers.count == cores * 2)
    }

    // On one worker, work starts in the order in which it came.
    @Test func keepsTheOrder() async throws {
        let pool = WorkerPool(name: "test", width: 1)
        let gate = Gate()
        let order = Order()
        async let first: Void = pool.run { _ in gate.hold() }
        await wait(for: gate.started)
        // An immediate task runs up to its first suspension, which is the wait for a worker, before the next is made.
        let tasks = (0..<200).map { number in Task.immediate { try await pool.run { _ in order.append(number) } } }
        gate.opened.signal()
        try await first
        for task in tasks { try await task.value }
        #expect(order.numbers == Array(0..<200))
    }

    // Every task is resumed, and with its own result: a continuation that is resumed twice, or never, stops the test.
    @Test func answersAThousandTasks() async throws {
        let pool = WorkerPool(name: "test", width: 4)
        let results = await withTaskGroup(of: (Int, Int?).self) { group in
            for number in 0..<1000 {
                group.addTask {
                    let result = try? await pool.run { _ in
                        if number % 7 == 0 { throw Failure(number: number) }
                        return number * 2
                    }
                    return (number, result)
                }
            }
            return await group.reduce(into: [Int: Int?]()) { $0[$1.0] = .some($1.1) }
        }
        #expect(results.count == 1000)
        for (number, result) in results { #expect(result == (number % 7 == 0 ? nil : number * 2)) }
    }

    // Cancelling sets the flag that running work polls; it ends when it looks.
    @Test func cancelsRunningWork() async throws {
        let pool = WorkerPool(name: "test", width: 1)
        let started = DispatchSemaphore(value: 0)
        let task = Task {
            try await pool.run { flag in
                started.signal()
                while true {
                    try flag.check()
                    usleep(100)
                }
            }
        }
        await wait(for: started)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    // Work that waited for a worker when it was cancelled never runs, and neither does work of a cancelled task.
    @Test func cancelsWaitingWork() async throws {
        let pool = WorkerPool(name: "test", width: 1)
        let gate = Gate()
        let order = Order()
        async let first: Void = pool.run { _ in gate.hold() }
        await wait(for: gate.started)
        let waiting = Task.immediate { try await pool.run { _ in order.append(1) } }
        waiting.cancel()
        gate.opened.signal()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        try await first
        #expect(order.numbers.isEmpty)
        #expect(try await pool.run { _ in 3 } == 3)
    }

    // Who waits for a worker and is cancelled does not wait for one any more.
    @Test func resumesWhoIsCancelledAtOnce() async throws {
        let pool = WorkerPool(name: "test", width: 1)
        let (gate, order) = (Gate(), Order())
        async let first: Void = pool.run { _ in gate.hold() }
        await wait(for: gate.started)
        #expect(!pool.isWanted)
        let waiting = (1...3).map { number in Task.immediate { try await pool.run { _ in order.append(number) } } }
        #expect(pool.isWanted)
        waiting[0].cancel()
        waiting[2].cancel()
        // The only worker is still held.
        for index in [0, 2] { await #expect(throws: CancellationError.self) { try await waiting[index].value } }
        gate.opened.signal()
        try await first
        try await waiting[1].value
        #expect(order.numbers == [2] && !pool.isWanted)
    }

    // Each worker has its number, and all of them run at once: they wait for each other.
    @Test func runsOnEach() async throws {
        let pool = WorkerPool(name: "test", width: 3)
        let order = Order()
        try await pool.runOnEach(of: 3) { worker, _ in
            order.append(worker)
            while order.numbers.count < 3 { usleep(100) }
        }
        #expect(order.numbers.sorted() == [0, 1, 2])
    }

    // The first error ends the others through their flags, and is what is thrown.
    @Test func stopsAllWhenOneFails() async {
        let pool = WorkerPool(name: "test", width: 3)
        await #expect(throws: Failure(number: 1)) {
            try await pool.runOnEach(of: 3) { worker, flag in
                if worker == 1 { throw Failure(number: 1) }
                while true {
                    try flag.check()
                    usleep(100)
                }
            }
        }
    }
}

/// Numbers in the order in which they came.
private final class Order: Sendable {
    private let state = Mutex<[Int]>([])

    func append(_ number: Int) { state.withLock { $0.append(number) } }
    var numbers: [Int] { state.withLock { $0 } }
}

extension WorkerPoolTests {
    /// Work that waits until the test lets it go on.
    private final class Gate: Sendable {
        let started = DispatchSemaphore(value: 0)
        let opened = DispatchSemaphore(value: 0)

        func hold() {
            started.signal()
            opened.wait()
        }
    }
}
