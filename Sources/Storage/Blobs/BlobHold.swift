public import Domain
import Synchronization

/// Keeps blobs that somebody is about to refer to, for as long as it lives. Unlike being inside the gate this may wait for a
/// client; whoever holds a blob enters the gate, as everybody does, for the transaction that refers to it.
///
/// What is let go of and referred to by nothing is removed by the next sweep.
public final class BlobHold: Sendable {
    private let holds: BlobHolds
    private let digests = Mutex<[PhotoDigest]>([])

    init(_ holds: BlobHolds) { self.holds = holds }

    /// Called before the blob is stored.
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

    func add(_ digest: PhotoDigest) { state.withLock { $0.counts[digest, default: 0] += 1 } }

    func release(_ digests: [PhotoDigest]) {
        state.withLock { state in
            for digest in digests {
                let rest = (state.counts[digest] ?? 1) - 1
                state.counts[digest] = rest > 0 ? rest : nil
                state.released.insert(digest)
            }
        }
    }

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
