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
        #expect(try writer.commit(expecting: digest(Data("abc".utf8)), length: 3).description == abc)
        #expect(try store.read(store.put(Data())) == Data())
    }

    // What is not what was announced, or was given up, leaves nothing.
    @Test(arguments: ["length", "digest", "given up"])
    func leavesNothingBehind(_ what: String) throws {
        let folder = try TemporaryFolder()
        let store = try FileBlobStore(folder: folder.url)
        do {
            let writer = try store.makeWriter()
            try Data("abc".utf8).withUnsafeBytes { try writer.append($0) }
            switch what {
            case "length":
                let error = #expect(throws: RegraftError.self) { try writer.commit(expecting: nil, length: 4) }
                #expect(error?.code == "length_mismatch")
            case "digest":
                let error = #expect(throws: RegraftError.self) {
                    try writer.commit(expecting: digest(Data()), length: 3)
                }
                #expect(error?.code == "digest_mismatch")
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

    @Test func removes() throws {
        let folder = try TemporaryFolder()
        let store = try FileBlobStore(folder: folder.url)
        let name = try store.put(Data("abc".utf8))
        try store.remove(name)
        try store.remove(name)
        #expect(try store.read(name) == nil && !store.contains(name))
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
