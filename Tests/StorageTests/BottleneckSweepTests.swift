import Domain
import Foundation
import Storage
import TestSupport
import Testing

/// What the cache has of photos that are gone goes with them.
struct BottleneckSweepTests {
    private func key(_ photo: PhotoDigest, _ view: String = "") -> BottleneckKey {
        BottleneckKey(photo: photo, backbone: "b", preprocessing: "p", view: view)
    }

    private let value = Bottleneck(features: [Float](repeating: 1, count: 1280), appearance: 1)

    @Test func losesWhatDeletedPhotosHad() async throws {
        let parent = try TemporaryFolder()
        let folder = try DataFolder(parent.url)
        var images: [NewImage] = []
        for number in 0..<600 {
            let data = Data("\(number)".utf8)
            images.append(
                NewImage(
                    digest: try folder.blobs.put(data), label: try Label("cat"), fileName: "\(number)", byteCount: 1))
        }
        try await folder.catalog.add(images, to: pets)
        try await folder.catalog.add(Array(images.prefix(10)), to: birds)
        try folder.bottlenecks.store(images.flatMap { [(key($0.digest), value), (key($0.digest, "flip"), value)] })
        let cache = try #require(folder.bottlenecks as? SQLiteBottleneckCache)
        let full = try cache.settledSize()

        try await folder.catalog.deleteDataset(pets)
        #expect(try await folder.sweeper.sweep() == 590)
        for (number, image) in images.enumerated() {
            #expect(try (folder.bottlenecks.bottleneck(for: key(image.digest, "flip")) != nil) == (number < 10))
        }
        // 1,180 vectors of 5 KiB were in it.
        let left = try cache.settledSize()
        #expect(left < full / 10, "\(left) of \(full)")
        try folder.close()
    }

    // A crash between a photo's end and that of its bottlenecks.
    @Test func losesWhatNobodyRefersTo() async throws {
        let parent = try TemporaryFolder()
        let folder = try DataFolder(parent.url)
        try await folder.catalog.add([photo(1, "cat")])
        let orphans = (0..<600).map {
            PhotoDigest(bytes: [UInt8($0 % 256), 7, UInt8($0 / 256)] + [UInt8](repeating: 0, count: 29))
        }
        try folder.bottlenecks.store((orphans + [digest(1)]).map { (key($0), value) })
        #expect(try await folder.sweeper.sweepBottlenecks() == 600)
        for orphan in orphans { #expect(try folder.bottlenecks.bottleneck(for: key(orphan)) == nil) }
        #expect(try folder.bottlenecks.bottleneck(for: key(digest(1))) != nil)
        #expect(try await folder.sweeper.sweepBottlenecks() == 0)
        try folder.close()
    }

    @Test func keepsRoom() throws {
        let parent = try TemporaryFolder()
        let folder = try DataFolder(parent.url)
        let free = Mutexed(100)
        let room = KeptRoom(minimum: 100) { free.value }
        let cache = room.keeping(folder.bottlenecks)
        try room.check()
        #expect(throws: RegraftError.self) { try room.check(for: 1) }
        try cache.store([(key(digest(1)), value)])
        free.change { $0 = 99 }
        for body: () throws -> Void in [{ try room.check() }, { try cache.store([(key(digest(2)), value)]) }] {
            let error = #expect(throws: RegraftError.self) { try body() }
            #expect(error?.code == "disk_full" && error?.message.contains("data.minimum_free_bytes") == true)
        }
        #expect(try cache.bottleneck(for: key(digest(1))) == value)
        #expect(try cache.bottleneck(for: key(digest(2))) == nil)
        try folder.close()
    }
}
