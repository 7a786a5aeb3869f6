import Domain
import Foundation
import Synchronization
import Testing

import Storage

@Suite(.timeLimit(.minutes(2)))
struct BlobGateTests {
    /// What has happened, in order.
    private final class Log: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func note(_ line: String) { lines.withLock { $0.append(line) } }
        func wait(for line: String) async { while !all.contains(line) { await Task.yield() } }
    }

    // A sweep waits for writers inside; writers that come meanwhile do not wait for it, but while it runs they do.
    @Test func letsOneKindInAtATime() async throws {
        let (gate, log) = (BlobGate(), Log())
        await gate.enter()
        let sweep = Task {
            try await gate.withSweeping {
                log.note("sweep")
                await log.wait(for: "writer waits")
                for _ in 0..<100 { await Task.yield() }
                log.note("swept")
            }
        }
        for _ in 0..<100 { await Task.yield() }
        await gate.withWriting { log.note("another writer") }
        #expect(log.all == ["another writer"])
        await gate.leave()
        await log.wait(for: "sweep")
        let writer = Task {
            log.note("writer waits")
            await gate.withWriting { log.note("writer") }
        }
        try await sweep.value
        await writer.value
        #expect(log.all == ["another writer", "sweep", "writer waits", "swept", "writer"])
    }

    // Under load there is never nobody inside: after some writers it is the sweep's turn.
    @Test(arguments: [false, true])
    func letsTheSweepHaveItsTurn(_ givesUp: Bool) async throws {
        let (gate, log) = (BlobGate(), Log())
        await gate.enter()
        let sweep = Task { try await gate.withSweeping { log.note("sweep") } }
        for _ in 0..<100 { await Task.yield() }
        for _ in 0..<BlobGate.patience { await gate.withWriting {} }
        let late = Task { await gate.withWriting { log.note("late writer") } }
        for _ in 0..<100 { await Task.yield() }
        #expect(log.all.isEmpty)
        if givesUp { sweep.cancel() } else { await gate.leave() }
        await late.value
        #expect(log.all == (givesUp ? [] : ["sweep"]) + ["late writer"])
        if givesUp { await gate.leave() } else { try await sweep.value }
        try await gate.withSweeping {}
    }

    // Errors leave it as it was.
    @Test func leavesAfterErrors() async throws {
        let gate = BlobGate()
        await #expect(throws: CancellationError.self) { try await gate.withWriting { throw CancellationError() } }
        await #expect(throws: CancellationError.self) { try await gate.withSweeping { throw CancellationError() } }
        try await gate.withSweeping {}
        await gate.withWriting {}
    }

    // A sweep that is cancelled while it waits does not run, and keeps nobody out.
    @Test func givesUpWaiting() async throws {
        let gate = BlobGate()
        await gate.enter()
        let sweep = Task { try await gate.withSweeping { Issue.record("ran") } }
        for _ in 0..<100 { await Task.yield() }
        sweep.cancel()
        await #expect(throws: CancellationError.self) { try await sweep.value }
        await gate.leave()
        await gate.withWriting {}
        try await gate.withSweeping {}
    }
}
