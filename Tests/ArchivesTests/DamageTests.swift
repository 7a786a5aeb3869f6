import Archives
import Foundation
import TestSupport
import Testing

/// Archives that are cut off or altered: what stands before the damage is read, and nothing crashes or hangs.
struct DamageTests {
    private static let count = 12

    /// The same files in every format, of 2,000 bytes each that do not compress, so that damage lies in them evenly.
    private static func archives() throws -> [(name: String, bytes: [UInt8])] {
        let folder = try TemporaryFolder()
        let script = """
            import random
            random.seed(1)
            contents = {f'cats/{n}.jpg': random.randbytes(2000) for n in range(12)}
            for mode in ('w', 'w:gz'):
                with tarfile.open('tar' + mode[2:], mode, format=tarfile.PAX_FORMAT) as t:
                    for name, content in contents.items():
                        info = tarfile.TarInfo(name)
                        info.size, info.mtime = len(content), 1.5
                        t.addfile(info, io.BytesIO(content))
            for method in (0, 8):
                with zipfile.ZipFile(f'zip{method}', 'w', method) as z:
                    for name, content in contents.items(): z.writestr(name, content)
            """
        try Python.run(script, in: folder)
        if try Python.start("zstd", ["-q", "tar"], in: folder) != 0 {
            printSkipped("tar.zst in DamageTests", because: "there is no zstd program")
        }
        return try folder.contents().map { name in
            (name, Array(try Data(contentsOf: folder.url.appendingPathComponent(name))))
        }
    }

    @Test func readsUpToACut() throws {
        for (name, bytes) in try Self.archives() {
            let whole = try Listing(bytes)
            #expect(whole.files.count == Self.count && whole.error == nil, "\(name)")
            var most = 0
            // Behind its last entry a tar has padding, which can be missing.
            let end = (bytes.lastIndex { $0 != 0 } ?? 0) + 1
            for twentieth in 0..<20 {
                let listing = try Listing(Array(bytes[..<(end * twentieth / 20)]))
                let (read, what) = (listing.files.count, "\(name) cut at \(twentieth)/20")
                #expect(listing.error?.code == .damaged || listing.error?.code == .notAnArchive, "\(what)")
                #expect(zip(listing.files, whole.files).allSatisfy { $0 == $1 }, "\(what)")
                #expect(read >= most, "\(what)")
                most = read
                // Compressed by gzip or zstd, all comes in blocks.
                if !name.contains("gz"), !name.contains("zst") {
                    #expect(read >= Self.count * twentieth / 20 - 2, "\(what): \(read)")
                }
            }
        }
    }

    // Between two entries, and where zip's directory begins, is an end as good as any to libarchive.
    @Test func noticesCutsBetweenEntries() throws {
        for (name, bytes) in try Self.archives() where name == "tar" || name.hasPrefix("zip") {
            let end = name == "tar" ? bytes.count - 512 : bytes.count - 22
            for cut in stride(from: 512, to: end, by: 512) {
                let listing = try Listing(Array(bytes[..<cut]))
                let isWhole = name == "tar" && listing.files.count == Self.count
                #expect(listing.error != nil || isWhole, "\(name) cut at \(cut)")
            }
        }
    }

    @Test func survivesEveryFlippedByte() throws {
        for (name, bytes) in try Self.archives() {
            let whole = try Listing(bytes)
            for position in stride(from: 0, to: bytes.count, by: 149) {
                var damaged = bytes
                damaged[position] ^= 0xFF
                let listing = try Listing(damaged)
                // A zip has checksums: what it calls complete is.
                guard name.hasPrefix("zip") else { continue }
                let good = listing.files.allSatisfy { file in
                    whole.files.contains { $0.content == file.content }
                }
                #expect(good, "\(name) at \(position)")
                #expect(
                    listing.error != nil || listing.files.count + listing.refused.count >= Self.count - 1, "\(name)")
            }
        }
    }

    @Test func saysTheSameErrorAgain() throws {
        let (_, bytes) = try #require(try Self.archives().first { $0.name == "tar" })
        let folder = try TemporaryFolder()
        let reader = try ArchiveReader(folder.write(Data(bytes[..<3000]), to: "a"))
        let first = try #require(throws: ArchiveError.self) { while try reader.next() != nil {} }
        #expect(throws: first) { try reader.next() }
    }
}
