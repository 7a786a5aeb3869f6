import Archives
import Foundation
import TestSupport
import Testing

/// Entries that are refused for what they are, while the files around them are read.
struct RefusedEntryTests {
    @Test func refusesLinksAndDevicesInTars() throws {
        let folder = try TemporaryFolder()
        let script = """
            for format in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
                for mode in ('w', 'w:gz'):
                    with tarfile.open(f'{format}{mode[2:]}', mode, format=format) as t:
                        def add(name, type=tarfile.REGTYPE, link=''):
                            info = tarfile.TarInfo(name)
                            info.type, info.linkname = type, link
                            t.addfile(info)
                        add('a.jpg')
                        add('symbolic', tarfile.SYMTYPE, '/etc/passwd')
                        add('hard', tarfile.LNKTYPE, 'a.jpg')
                        add('hard 2', tarfile.LNKTYPE, 'caf\\xe9/' * 30)
                        add('character', tarfile.CHRTYPE)
                        add('block', tarfile.BLKTYPE)
                        add('fifo', tarfile.FIFOTYPE)
                        add('folder', tarfile.DIRTYPE)
                        add('z.jpg')
            """.replacing("* 30", with: "* 12")
        try Python.run(script, in: folder)
        let names = try folder.contents()
        #expect(names.count == 6)
        for name in names {
            let listing = try Listing(folder.url.appendingPathComponent(name))
            #expect(listing.paths == ["a.jpg", "z.jpg"] && listing.passedOver == 1, "\(name)")
            #expect(
                listing.refused.map(\.path) == ["symbolic", "hard", "hard 2", "character", "block", "fifo"], "\(name)")
            #expect(
                listing.reasons == [
                    "it is a symbolic link", "it is a hard link", "it is a hard link", "it is a device",
                    "it is a device", "it is a pipe or a socket",
                ], "\(name)")
        }
    }

    // The pipe's mode is Info-ZIP's way to say that it read from one: such an entry is a file.
    @Test(arguments: [
        (0o120_777, "it is a symbolic link"), (0o020_666, "it is a device"), (0o060_666, "it is a device"),
        (0o140_666, "it is a pipe or a socket"), (0o010_666, nil), (0, nil),
    ])
    func refusesLinksAndDevicesInZips(mode: Int, reason: String?) throws {
        for name in ["odd", "café"] {
            var zip = MadeZip([.init(name), .init("z.jpg")])
            zip.entries[0].mode = mode
            let listing = try Listing(zip.bytes)
            #expect(listing.paths == (reason == nil ? [name, "z.jpg"] : ["z.jpg"]))
            #expect(listing.reasons == (reason.map { [$0] } ?? []))
            #expect(listing.error == nil)
        }
    }

    @Test func refusesEncryptedEntries() throws {
        var zip = MadeZip([.init("weak"), .init("strong"), .init("aes"), .init("z.jpg")])
        zip.entries[0].flags = 1
        zip.entries[0].content = Array(repeating: 9, count: 40)
        zip.entries[1].flags = 1 | 1 << 6
        zip.entries[2].flags = 1
        zip.entries[2].method = 99
        var aes = Bytes()
        aes.add16(0x9901, 7, 2, 0x4541)
        aes.bytes += [3, 8, 0]
        zip.entries[2].extra = aes.bytes
        let listing = try Listing(zip.bytes)
        #expect(listing.paths == ["z.jpg"] && listing.error == nil)
        #expect(listing.reasons == Array(repeating: "it is encrypted", count: 3))
    }

    @Test func refusesOtherMethods() throws {
        let folder = try TemporaryFolder()
        let script = """
            with zipfile.ZipFile('zip', 'w') as z:
                for name, method in (('stored', 0), ('deflated', 8), ('bzip2', 12), ('lzma', 14)):
                    z.writestr(name, b'content' * 99, method)
            """
        try Python.run(script, in: folder)
        let listing = try Listing(folder.url.appendingPathComponent("zip"))
        #expect(listing.paths == ["stored", "deflated"] && listing.error == nil)
        #expect(listing.refused.map(\.path) == ["bzip2", "lzma"])
        #expect(listing.reasons.map { $0.contains("(bzip)") } == [true, false], "\(listing.reasons)")
        #expect(listing.reasons.allSatisfy { $0.contains("Deflate") })
        // Deflate64, PPMd, Zstandard, and one that does not exist.
        for method in [9, 98, 93, 77] {
            var zip = MadeZip([.init("odd"), .init("z.jpg")])
            zip.entries[0].method = method
            let listing = try Listing(zip.bytes)
            #expect(listing.paths == ["z.jpg"] && listing.reasons.count == 1 && listing.error == nil, "\(method)")
        }
    }

    // GNU tar's own way and pax's, by GNU tar: files of 30 MB in an archive of a few kilobytes.
    @Test(arguments: ["gnu", "posix"])
    func refusesSparseFiles(format: String) throws {
        let folder = try TemporaryFolder()
        let script = """
            for name, data in (('ends', (0, 30 << 20)), ('start', (0,)), ('middle', (9 << 20,)), ('end', (30 << 20,)),
                    ('hole', ()), ('z.jpg', range(7000))):
                with open(name, 'wb') as f:
                    for position in data: f.seek(position); f.write(b'a')
                    if name != 'z.jpg': f.truncate((30 << 20) + 1)
            """
        try Python.run(script, in: folder)
        let (sparse, file) = (["ends", "start", "middle", "end", "hole"], "z.jpg")
        let arguments = ["-cSf", "t", "--format=\(format)"] + sparse + [file]
        guard try Python.start("tar", arguments, in: folder) == 0 else {
            return printSkipped("refusesSparseFiles", because: "there is no GNU tar")
        }
        let listing = try Listing(folder.url.appendingPathComponent("t"))
        #expect(listing.paths == [file] && listing.error == nil)
        #expect(listing.refused.map(\.path) == sparse, "\(listing.files.map { ($0.path, $0.content.count) })")
    }

    @Test func refusesEntriesWithWrongChecksums() throws {
        var zip = MadeZip([.init("a.jpg"), .init("bad.jpg"), .init("short.jpg"), .init("z.jpg")])
        zip.entries[1].checksum = 1
        zip.entries[2].statedSize = 9
        let listing = try Listing(zip.bytes)
        #expect(listing.paths == ["a.jpg", "z.jpg"] && listing.error == nil)
        #expect(listing.refused.map(\.path) == ["bad.jpg", "short.jpg"])
        #expect(listing.reasons.allSatisfy { $0.contains("damaged") || $0.contains("long") }, "\(listing.reasons)")
    }
}
