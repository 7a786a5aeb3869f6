import Crypto
import Domain
import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3)))
struct BlobSweeperTests {
    private func put(_ text: String, _ blobs: any BlobStore, label: String = "cat") throws -> NewImage {
        let data = Data(text.utf8)
        return NewImage(
            digest: try blobs.put(data), label: Label(trusted: label), fileName: text, byteCount: data.count)
    }

    // More than a batch, some of them needed elsewhere.
    @Test(arguments: CatalogUnderTest.all)
    func removesWhatNothingNeeds(_ kind: CatalogUnderTest) async throws {
        let (catalog, blobs) = (try kind.make(), MemoryBlobStore())
        let sweeper = BlobSweeper(catalog: catalog, blobs: blobs, gate: BlobGate())
        let images = try (0..<600).map { try put("\($0)", blobs) }
        try await catalog.add(images, to: pets)
        try await catalog.add(Array(images.prefix(100)), to: birds)
        #expect(try await sweeper.sweep() == 0)
        try await catalog.deleteDataset(pets)
        #expect(try await sweeper.sweep() == 500)
        for (number, image) in images.enumerated() {
            #expect(try blobs.contains(image.digest) == (number < 100))
        }
        #expect(try await catalog.garbage(limit: 9).isEmpty)
        try await catalog.deleteDataset(birds)
        #expect(try await sweeper.sweep() == 100)
        #expect(blobs.count == 0)
    }

    // A crash between a blob and its transaction leaves an orphan.
    @Test(arguments: CatalogUnderTest.all)
    func removesOrphans(_ kind: CatalogUnderTest) async throws {
        let folder = try TemporaryFolder()
        let (catalog, blobs) = (try kind.make(), try FileBlobStore(folder: folder.url))
        let sweeper = BlobSweeper(catalog: catalog, blobs: blobs, gate: BlobGate())
        #expect(try await sweeper.sweepOrphans() == 0)
        let kept = try (0..<20).map { try put("kept \($0)", blobs) }
        try await catalog.add(kept, to: pets)
        let orphans = try (0..<30).map { try put("orphan \($0)", blobs) }
        #expect(try await sweeper.sweep() == 0)
        #expect(try await sweeper.sweepOrphans() == 30)
        for image in kept { #expect(try blobs.contains(image.digest)) }
        for image in orphans { #expect(try !blobs.contains(image.digest)) }
    }

    // What a slow client is sending is not rubbish, noted or not; when the client has gone without it, it is.
    @Test(arguments: CatalogUnderTest.all)
    func keepsWhatIsHeld(_ kind: CatalogUnderTest) async throws {
        let folder = try TemporaryFolder()
        let (catalog, blobs, gate) = (try kind.make(), try FileBlobStore(folder: folder.url), BlobGate())
        let sweeper = BlobSweeper(catalog: catalog, blobs: blobs, gate: gate)
        let shared = try put("shared", blobs)
        try await catalog.add([shared], to: pets)
        var hold: BlobHold? = gate.hold()
        hold?.add(shared.digest)
        let new = PhotoDigest(bytes: Array(SHA256.hash(data: Data("new".utf8))))
        hold?.add(new)
        _ = try put("new", blobs)
        try await catalog.deleteDataset(pets)
        #expect(try await sweeper.sweep() + sweeper.sweepOrphans() == 0)
        try await catalog.add([shared], to: birds)
        hold = nil
        #expect(try await sweeper.sweep() == 1)
        #expect(try blobs.contains(shared.digest) && !blobs.contains(new))
        #expect(try await sweeper.sweep() == 0)
    }

    // It comes again while the sweeper, which has seen that nobody needs it, is at another one.
    @Test(arguments: CatalogUnderTest.all)
    func keepsWhatComesAgainMeanwhile(_ kind: CatalogUnderTest) async throws {
        let (catalog, gate) = (try kind.make(), BlobGate())
        let memory = MemoryBlobStore()
        let images = try (0..<2).map { try put("\($0)", memory) }
        try await catalog.add(images, to: pets)
        let hold = gate.hold()
        let again = Mutexed<PhotoDigest?>(nil)
        let (isStored, stored) = (Mutexed(false), DispatchSemaphore(value: 0))
        let blobs = RemovalHook(memory) { digest in
            let isFirst = again.change { again in
                defer { again = again ?? images.map(\.digest).first { $0 != digest } }
                return again == nil
            }
            guard isFirst, let other = again.value else { return }
            Thread.detachNewThread {
                hold.add(other)
                _ = try? memory.put(Data((other == images[0].digest ? "0" : "1").utf8))
                isStored.change { $0 = true }
                stored.signal()
            }
            // It may have to wait until this one has gone; where it need not, this is before the other one goes.
            _ = stored.wait(timeout: .now() + 0.2)
        }
        try await catalog.deleteDataset(pets)
        _ = try await BlobSweeper(catalog: catalog, blobs: blobs, gate: gate).sweep()
        let other = try #require(again.value)
        while !isStored.value { try await Task.sleep(for: .milliseconds(1)) }
        #expect(try memory.contains(other))
        withExtendedLifetime(hold) {}
    }

    // The disk fails at the first of two: both are looked at again.
    @Test(arguments: CatalogUnderTest.all)
    func forgetsNothingOverAFailure(_ kind: CatalogUnderTest) async throws {
        let (catalog, gate, memory) = (try kind.make(), BlobGate(), MemoryBlobStore())
        let noted = try put("noted", memory)
        try await catalog.add([noted], to: pets)
        try await catalog.deleteDataset(pets)
        var hold: BlobHold? = gate.hold()
        hold?.add(try put("released", memory).digest)
        hold = nil
        let isBroken = Mutexed(true)
        let blobs = RemovalHook(memory) { _ in if isBroken.value { throw POSIXError(.EIO) } }
        let sweeper = BlobSweeper(catalog: catalog, blobs: blobs, gate: gate)
        await #expect(throws: POSIXError.self) { try await sweeper.sweep() }
        isBroken.change { $0 = false }
        #expect(try await sweeper.sweep() == 2)
        #expect(memory.count == 0)
    }

    // Six datasets share five photos, come and go all the time, and the sweeper never rests. A photo that was stored is there
    // until its dataset has gone.
    @Test(arguments: CatalogUnderTest.all)
    func losesNothing(_ kind: CatalogUnderTest) async throws {
        let (catalog, blobs, gate) = (try kind.make(), MemoryBlobStore(), BlobGate())
        let sweeper = BlobSweeper(catalog: catalog, blobs: blobs, gate: gate)
        let counts = Counts()
        let sweeping = Task {
            while !Task.isCancelled {
                let count = try await sweeper.sweep() + sweeper.sweepOrphans()
                counts.removed.withLock { $0 += count }
            }
        }
        defer { sweeping.cancel() }
        try await withThrowingTaskGroup { group in
            for number in 0..<6 {
                group.addTask {
                    let mine = name("dataset\(number)")
                    var random = SeededRandom(seed: UInt64(number))
                    // Until the sweeper has come between often enough.
                    while !Task.isCancelled, counts.removed.withLock({ $0 < (kind == .memory ? 100 : 500) }) {
                        let texts = (0..<2).map { _ in "\(random.index(below: 5))" }
                        let images = try await gate.withWriting {
                            var images: [NewImage] = []
                            for text in texts {
                                images.append(try put(text, blobs))
                                await Task.yield()
                            }
                            try await catalog.add(images, to: mine)
                            return images
                        }
                        for _ in 0..<random.index(below: 4) { await Task.yield() }
                        for image in images {
                            try #require(try blobs.contains(image.digest), "\(mine) lost a photo")
                        }
                        try await catalog.deleteDataset(mine)
                    }
                }
            }
            // The first error ends all.
            for try await _ in group {}
        }
        _ = try await sweeper.sweep()
        #expect(blobs.count == 0)
    }
}

/// Blobs of which none is removed before a hook has run; it may wait or throw.
private struct RemovalHook: ForwardingBlobs {
    let blobs: any BlobStore
    private let hook: @Sendable (PhotoDigest) throws -> Void

    init(_ blobs: any BlobStore, hook: @escaping @Sendable (PhotoDigest) throws -> Void) {
        (self.blobs, self.hook) = (blobs, hook)
    }

    func remove(_ digest: PhotoDigest) throws {
        try hook(digest)
        try blobs.remove(digest)
    }
}

private final class Counts: Sendable {
    let removed = Mutex(0)
}
