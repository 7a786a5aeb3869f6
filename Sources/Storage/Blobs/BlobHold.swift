public import Domain
import Synchronization

/// Keeps blobs that somebody is about to refer to, for as long as it lives. Unlike being inside the gate this may wait for a
/// client; whoever holds a blob enters the gate, as everybody does, for the transaction that refers to it.
///
/// What is let go of and referred to by nothing is removed by one of the next sweeps; so inside the gate, too, it is for what
/// may come to nothing.
public final class BlobHold: Sendable {
    private let holds: BlobHolds
    private let digests = Mutex<[PhotoDigest]>([])

    init(_ holds: BlobHolds) { self.holds = holds }

    /// Called before the blob is stored, or inside the gate. Blocks while a blob is removed.
    public func add(_ digest: PhotoDigest) {
        digests.withLock { $0.append(digest) }
        holds.add(digest)
    }

    deinit { holds.release(digests.withLock { $0 }) }
}

/// All that is held, of one store.
final class BlobHolds: Sendable {
    private struct State {
        var counts: [PhotoDigest: Int] = [:]
        var released: Set<PhotoDigest> = []
    }

    private let state = Mutex(State())
    /// Held where a blob is looked at and removed, and where one is added: it then goes before it is held, and so before it is
    /// stored anew, or not at all. Apart from the state, so that who lets go waits for no disk.
    private let removal = Mutex(())

    func add(_ digest: PhotoDigest) {
        removal.withLock { _ in state.withLock { $0.counts[digest, default: 0] += 1 } }
    }

    /// - Returns: false where it is held, and `remove` has not been called.
    func removeUnlessHeld(_ digest: PhotoDigest, _ remove: () throws -> Void) rethrows -> Bool {
        try removal.withLock { _ in
            guard !isHeld(digest) else { return false }
            try remove()
            return true
        }
    }

    func release(_ digests: [PhotoDigest]) {
        state.withLock { state in
            for digest in digests {
                let rest = (state.counts[digest] ?? 1) - 1
                state.counts[digest] = rest > 0 ? rest : nil
                state.released.insert(digest)
            }
        }
    }

    /// Of what was taken to be looked at and has not been.
    func lookAgain(at digests: [PhotoDigest]) { state.withLock { $0.released.formUnion(digests) } }

    func isHeld(_ digest: PhotoDigest) -> Bool { state.withLock { $0.counts[digest] != nil } }

    /// Some of what has been let go of since it was asked for.
    func takeReleased(limit: Int) -> [PhotoDigest] {
        state.withLock { state in
            let taken = Array(state.released.prefix(limit))
            state.released.subtract(taken)
            return taken
        }
    }
}
