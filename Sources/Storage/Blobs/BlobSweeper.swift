import Dispatch
import Domain

/// Removes blobs that nothing needs any more.
public struct BlobSweeper: Sendable {
    private let catalog: any GarbageCatalog
    private let blobs: any BlobStore
    private let gate: BlobGate
    private let bottlenecks: (any SweptCache)?
    private let queue = DispatchQueue(label: "regraft.blob-sweeper", qos: .utility)

    /// Digests a batch, which is what a writer may have to wait for.
    static let batch = 256

    /// - Parameter bottlenecks: loses what it has of photos that go.
    package init(
        catalog: any GarbageCatalog, blobs: any BlobStore, gate: BlobGate, bottlenecks: (any SweptCache)? = nil
    ) {
        (self.catalog, self.blobs, self.gate, self.bottlenecks) = (catalog, blobs, gate, bottlenecks)
    }

    /// Removes what the catalog has noted as perhaps over, and what was held and is not needed after all.
    /// - Returns: how many blobs went.
    @discardableResult
    public func sweep() async throws -> Int {
        var removed = 0
        while true {
            let (mayBeMore, gone) = try await gate.withSweeping {
                let noted = try await catalog.garbage(limit: Self.batch)
                let released = gate.holds.takeReleased(limit: Self.batch)
                guard !noted.isEmpty || !released.isEmpty else { return (false, 0) }
                do {
                    // Before it is known which are needed: what is let go of from now on is noted anew. Whatever a crash
                    // leaves here is an orphan.
                    let isForgotten = try await forget(noted)
                    return (
                        isForgotten && max(noted.count, released.count) == Self.batch,
                        try await removeUnneeded(noted + released)
                    )
                } catch {
                    gate.holds.lookAgain(at: noted + released)
                    throw error
                }
            }
            removed += gone
            if !mayBeMore { return removed }
        }
    }

    /// - Returns: false where the disk is too full even for that. Then what is not needed goes all the same, which makes room,
    ///   and is forgotten next time.
    private func forget(_ digests: [PhotoDigest]) async throws -> Bool {
        guard !digests.isEmpty else { return true }
        do { try await catalog.forgetGarbage(digests) } catch  where StorageFailure.isDiskFull(error) { return false }
        return true
    }

    /// Removes what is stored and not needed, whether noted or not: at start, for a crash may have come between a blob and the
    /// transaction that was to refer to it.
    /// - Returns: how many blobs went.
    @discardableResult
    public func sweepOrphans() async throws -> Int {
        var removed = 0
        for byte in UInt8.min...UInt8.max {
            var rest = try await onQueue { [blobs] in try blobs.digests(beginningWith: byte) }[...]
            while !rest.isEmpty {
                let digests = Array(rest.prefix(Self.batch))
                rest = rest.dropFirst(Self.batch)
                removed += try await gate.withSweeping { try await removeUnneeded(digests) }
            }
        }
        return removed
    }

    /// Removes bottlenecks of photos that nothing refers to: at start, for a crash may have come between a photo's end and theirs.
    /// - Returns: of how many photos.
    @discardableResult
    public func sweepBottlenecks() async throws -> Int {
        guard let bottlenecks else { return 0 }
        var (removed, last): (Int, PhotoDigest?) = (0, nil)
        while true {
            let known = try await onQueue { [last] in try bottlenecks.photos(after: last, limit: Self.batch) }
            guard let end = known.last else { return removed }
            last = end
            removed += try await gate.withSweeping {
                let needed = try await catalog.referenced(known)
                let unneeded = known.filter { !needed.contains($0) && !gate.holds.isHeld($0) }
                try await onQueue { try bottlenecks.remove(unneeded) }
                return unneeded.count
            }
        }
    }

    private func removeUnneeded(_ digests: [PhotoDigest]) async throws -> Int {
        let needed = try await catalog.referenced(digests)
        let unneeded = digests.filter { !needed.contains($0) }
        return try await onQueue { [blobs, bottlenecks, holds = gate.holds] in
            // What is held is looked at again when it is let go of.
            let removed = try unneeded.filter { digest in
                try holds.removeUnlessHeld(digest) { try blobs.remove(digest) }
            }
            do { try bottlenecks?.remove(removed) } catch  where StorageFailure.isDiskFull(error) {
                // The next start finds them; to make room by the photos matters more now.
            }
            return removed.count
        }
    }

    private func onQueue<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}
