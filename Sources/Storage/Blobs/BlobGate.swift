import Synchronization

/// Keeps blobs that are stored already, and that the catalog does not know of yet, from being taken for rubbish.
///
/// Whoever stores blobs is inside from before the first is committed until the transaction that refers to them is done, and not
/// for longer: nothing that waits for a client belongs inside, nor does another `enter`. Sweeping goes on only while nobody is
/// inside, and whoever comes meanwhile waits for its batch to end.
public actor BlobGate {
    private var writers = 0
    private var isSweeping = false
    private var waitingWriters: [CheckedContinuation<Void, Never>] = []
    private var waitingSweepers: [(id: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    private var sweepersSoFar = 0
    /// Writers that have come in while a sweep was waiting.
    private var writersAhead = 0

    /// A sweep waits for a moment without writers, which under load never comes by itself: after so many it is its turn.
    package static let patience = 32

    nonisolated let holds = BlobHolds()

    public init() {}

    /// For blobs that are stored long before they are referred to.
    public nonisolated func hold() -> BlobHold { BlobHold(holds) }

    /// Each `enter` has its `leave`.
    public func enter() async {
        // Whoever lets writers in counts them, so that no sweep comes between.
        if isSweeping || writersAhead >= Self.patience {
            await withCheckedContinuation { waitingWriters.append($0) }
        } else {
            writers += 1
            if !waitingSweepers.isEmpty { writersAhead += 1 }
        }
    }

    public func leave() {
        writers -= 1
        precondition(writers >= 0, "who leaves has entered")
        letSweeperIn()
    }

    /// What stores blobs and tells the catalog.
    public nonisolated func withWriting<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        await enter()
        do {
            let value = try await body()
            await leave()
            return value
        } catch {
            await leave()
            throw error
        }
    }

    /// Runs when nobody is inside.
    /// - Throws: also `CancellationError`, when the task is cancelled while it waits.
    package nonisolated func withSweeping<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await beginSweep()
        do {
            let value = try await body()
            await endSweep()
            return value
        } catch {
            await endSweep()
            throw error
        }
    }

    private func beginSweep() async throws {
        sweepersSoFar += 1
        let id = sweepersSoFar
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                waitingSweepers.append((id, continuation))
                letSweeperIn()
            }
        } onCancel: {
            Task { await giveUp(id) }
        }
    }

    private func giveUp(_ id: Int) {
        guard let place = waitingSweepers.firstIndex(where: { $0.id == id }) else { return }
        waitingSweepers.remove(at: place).continuation.resume(throwing: CancellationError())
        if waitingSweepers.isEmpty, !isSweeping { letWritersIn() }
    }

    private func letSweeperIn() {
        guard writers == 0, !isSweeping, !waitingSweepers.isEmpty else { return }
        (isSweeping, writersAhead) = (true, 0)
        waitingSweepers.removeFirst().continuation.resume()
    }

    private func endSweep() {
        isSweeping = false
        letWritersIn()
        letSweeperIn()
    }

    private func letWritersIn() {
        writersAhead = 0
        writers += waitingWriters.count
        for writer in waitingWriters { writer.resume() }
        waitingWriters = []
    }
}
