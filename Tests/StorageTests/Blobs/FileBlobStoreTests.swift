import Crypto
import Domain
import Foundation
import Storage
import TestSupport
import Testing

struct FileBlobStoreTests {
    private func digest(_ data: Data) -> PhotoDigest { PhotoDigest(bytes: Array(SHA256.hash(data: data))) }

    private func files(_ folder: TemporaryFolder) throws -> [String] {
        let all = FileManager.default.enumerator(at: folder.url, includingPropertiesForKeys: [.isRegularFileKey])
        return try (all?.allObjects as? [URL] ?? [])
            .filter { try $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true }
            .map { String($0.path.dropFirst(folder.url.path.count + 1)) }.sorted()
    }

    // SHA-256 of "abc": FIPS 180-4's own example.
    private let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test func storesUnderTheDigest() throws {
        let folder = try TemporaryFolder()
        let store = try FileBlobStore(folder: folder.url)
        let name = try store.put(Data("abc".utf8))
        #expect(name.description == abc)
        #expect(try files(folder) == ["blobs/sha256/ba/\(abc)"])
        #expect(try store.read(name) == Data("abc".utf8) && store.contains(name))
        #expect(try FileBlobStore(folder: folder.url).read(name) == Data("abc".utf8))
    }

    @Test func storesEqualBytesOnce() throws {
        let folder = try TemporaryFolder()
        let store = try FileBlobStore(folder: folder.url)
        #expect(try store.put(Data("abc".utf8)) == store.put(Data("abc".utf8)))
        #expect(try files(folder).count == 1)
    }

    // In pieces, and empty.
    @Test func takesPieces() throws {
        let folder = try TemporaryFolder()
        let store = try FileBlobStore(folder: folder.url)
        let writer = try store.makeWriter()
        for piece in ["a", "", "bc"] { try Data(piece.utf8).withUnsafeBytes { try writer.append($0) } }
        #expect(try writer.commit(length: 3).description == abc)
        #expect(try store.read(store.put(Data())) == Data())
    }

    // What is not what was announced, or was given up, leaves nothing.
    @Test(arguments: ["length", "given up"])
    func leavesNothingBehind(_ what: String) throws {
        let folder = try TemporaryFolder()
        let store = try FileBlobStore(folder: folder.url)
        do {
            let writer = try store.makeWriter()
            try Data("abc".utf8).withUnsafeBytes { try writer.append($0) }
            switch what {
            case "length":
                let error = #expect(throws: RegraftError.self) { try writer.commit(length: 4) }
                #expect(error?.code == "length_mismatch")
            default: break
            }
        }
        #expect(try files(folder).isEmpty)
    }

    @Test func noticesDamage() throws {
        let folder = try TemporaryFolder()
        let store = try FileBlobStore(folder: folder.url)
        let name = try store.put(Data("abc".utf8))
        try folder.write("abd", to: "blobs/sha256/ba/\(abc)")
        let error = #expect(throws: RegraftError.self) { try store.read(name) }
        #expect(error?.code == "damaged_blob")
        // Whoever brings the same bytes again mends it.
        #expect(try store.put(Data("abc".utf8)) == name)
        #expect(try store.read(name) == Data("abc".utf8))
    }

    // An archive that comes a second time is compared with the first, and may be longer than the memory.
    @Test func comparesWhatIsThereInPieces() throws {
        let folder = try TemporaryFolder()
        let store = try FileBlobStore(folder: folder.url)
        let piece = [UInt8](repeating: 7, count: 1 << 20)
        func put() throws -> PhotoDigest {
            let writer = try store.makeWriter()
            for _ in 0..<256 { try piece.withUnsafeBytes { try writer.append($0) } }
            return try writer.commit(length: 256 << 20)
        }
        let name = try put()
        let before = try peakMemory(afterReset: true)
        #expect(try put() == name)
        let grown = try peakMemory(afterReset: false) - before
        #expect(grown < 128 << 20, "\(grown) bytes")
    }

    /// Bytes of this process that have been in memory at once, since it began or was asked with `afterReset` (proc(5)).
    private func peakMemory(afterReset: Bool) throws -> Int {
        if afterReset { try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8) }
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first) << 10
    }

    @Test func removes() throws {
        let folder = try TemporaryFolder()
        let store = try FileBlobStore(folder: folder.url)
        let name = try store.put(Data("abc".utf8))
        try store.remove(name)
        try store.remove(name)
        #expect(try store.read(name) == nil && !store.contains(name))
    }

    @Test func namesItsFiles() throws {
        let folder = try TemporaryFolder()
        let store = try FileBlobStore(folder: folder.url)
        let name = try store.put(Data("abc".utf8))
        #expect(try Data(contentsOf: #require(try store.file(of: name))) == Data("abc".utf8))
        #expect(try store.digests(beginningWith: 0xBA) == [name] && store.digests(beginningWith: 0xBB).isEmpty)
        // What is no blob is none.
        try folder.write("x", to: "blobs/sha256/ba/notes.txt")
        #expect(try store.digests(beginningWith: 0xBA) == [name])
        try store.remove(name)
        #expect(try store.file(of: name) == nil)
        #expect(try store.digests(beginningWith: 0xBA).isEmpty)
    }

    // Many begun at once, two of them equal, one there already, and one there but damaged.
    @Test func takesManyTogether() throws {
        let folder = try TemporaryFolder()
        let store = try FileBlobStore(folder: folder.url)
        let texts = (0..<300).map { "photo \($0)" } + ["photo 7", "abc", ""]
        _ = try store.put(Data("photo 1".utf8))
        let damaged = try store.put(Data("abc".utf8))
        try folder.write("abd", to: "blobs/sha256/ba/\(damaged)")
        let writers = try texts.map { text in
            let writer = try store.makeWriter()
            try Data(text.utf8).withUnsafeBytes { try writer.append($0) }
            return writer
        }
        let names = try writers.map { try $0.commit(length: nil) }
        #expect(names == texts.map { digest(Data($0.utf8)) })
        for (name, text) in zip(names, texts) { #expect(try store.read(name) == Data(text.utf8)) }
        let all = try (UInt8.min...UInt8.max).flatMap { try store.digests(beginningWith: $0) }
        #expect(Set(all) == Set(names) && all.count == 302)
    }

    // What an earlier boot left half-written is gone, and what it finished is not.
    @Test func startsClean() throws {
        let folder = try TemporaryFolder()
        let name = try FileBlobStore(folder: folder.url, boot: "first").put(Data("abc".utf8))
        try folder.write("half", to: "tmp/first/something")
        let store = try FileBlobStore(folder: folder.url, boot: "second")
        #expect(try files(folder) == ["blobs/sha256/ba/\(abc)"])
        #expect(try store.contains(name))
    }
}
