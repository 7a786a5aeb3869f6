import Archives
import Foundation
import TestSupport
import Testing

/// The four formats as independent writers make them: Python's zipfile and tarfile, and the zstd program.
struct FormatTests {
    /// Contents that Deflate can do much, little and nothing with, and an empty one.
    private static let contents = """
        contents = {'cats/1.jpg': bytes(range(256)) * 9000, 'cats/2.jpg': b'', 'dogs/old/3.jpg': b'x' * 70_000,
            'dogs/4.jpg': b''.join(struct.pack('<I', n * 2654435761 & 0xffffffff) for n in range(300_000))}

        """

    /// The same, computed again.
    private static let expected: [String: [UInt8]] = {
        let noise = (0..<300_000).flatMap { (n: UInt32) in
            withUnsafeBytes(of: (n &* 2_654_435_761).littleEndian, Array.init)
        }
        return [
            "cats/1.jpg": Array((0..<9000).map { _ in (0...255).map(UInt8.init) }.joined()), "cats/2.jpg": [],
            "dogs/old/3.jpg": Array(repeating: UInt8(ascii: "x"), count: 70_000), "dogs/4.jpg": noise,
        ]
    }()

    private func expectAll(of file: URL, folders: Int = 0, _ what: String) throws {
        let listing = try Listing(file)
        let same = listing.files.map { Self.expected[$0.path] == $0.content }
        #expect(listing.error == nil && listing.refused.isEmpty, "\(what): \(listing.error as Any), \(listing.refused)")
        #expect(listing.paths == ["cats/1.jpg", "cats/2.jpg", "dogs/old/3.jpg", "dogs/4.jpg"], "\(what)")
        #expect(same == [true, true, true, true], "\(what)")
        #expect(listing.passedOver == folders && listing.entries == 4 + folders, "\(what)")
        #expect(listing.largestPiece <= 64 << 10, "\(what)")
    }

    @Test func readsZips() throws {
        let folder = try TemporaryFolder()
        let script =
            Self.contents + """
                class Pipe(io.RawIOBase):  # cannot seek, so that zipfile writes data descriptors
                    def __init__(self, file): self.file = file
                    def writable(self): return True
                    def write(self, b): return self.file.write(b)
                def fill(archive, zip64):
                    archive.writestr(zipfile.ZipInfo('cats/'), b'')
                    for name, content in contents.items():
                        with archive.open(name, 'w', force_zip64=zip64) as f: f.write(content)
                for method, kind in ((0, 'stored'), (8, 'deflated')):
                    for zip64 in (False, True):
                        with zipfile.ZipFile(f'{kind}-{zip64}', 'w', method) as z: fill(z, zip64)
                        with open(f'{kind}-{zip64}-pipe', 'wb') as f, zipfile.ZipFile(Pipe(f), 'w', method) as z:
                            fill(z, zip64)
                with open('stored-False', 'rb') as f, open('prefixed', 'wb') as g: g.write(b'#!/bin/sh' * 999 + f.read())
                """
        try Python.run(script, in: folder)
        let names = try folder.contents()
        #expect(names.count == 9)
        for name in names { try expectAll(of: folder.url.appendingPathComponent(name), folders: 1, name) }
    }

    @Test func readsTars() throws {
        let folder = try TemporaryFolder()
        let script =
            Self.contents + """
                for format in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
                    for mode in ('w', 'w:gz'):
                        with tarfile.open(f'{format}-{mode[2:]}', mode, format=format) as t:
                            for name, content in contents.items():
                                info = tarfile.TarInfo('./' + name)
                                info.size, info.mtime = len(content), 1.5
                                t.addfile(info, io.BytesIO(content))
                            info = tarfile.TarInfo('./')
                            info.type = tarfile.DIRTYPE
                            t.addfile(info)
                """
        try Python.run(script, in: folder)
        let names = try folder.contents()
        #expect(names.count == 6)
        for name in names {
            let file = folder.url.appendingPathComponent(name)
            try expectAll(of: file, folders: 1, name)
            guard name.hasSuffix("-") else { continue }
            guard try Python.start("zstd", ["-q", name], in: folder) == 0 else {
                printSkipped("readsTars, tar.zst", because: "there is no zstd program")
                continue
            }
            try expectAll(of: file.appendingPathExtension("zst"), folders: 1, "\(name).zst")
        }
    }

    // Zip64 fields that are needed, without four gigabytes: sizes in the extra field and 0xFFFFFFFF in the header.
    @Test func tellsSizesBeforeReading() throws {
        var zip = MadeZip([.init("a.jpg")])
        var extra = Bytes()
        extra.add16(1, 16)
        extra.add32(7, 0, 7, 0)
        zip.entries[0].extra = extra.bytes
        zip.entries[0].statedSize = 0xFFFF_FFFF
        let folder = try TemporaryFolder()
        let reader = try ArchiveReader(folder.write(Data(zip.bytes), to: "a"))
        #expect(try reader.next() == .file(path: "a.jpg", size: 7))
        #expect(try reader.readContent { _ in } == .complete(bytes: 7))
        #expect(try reader.next() == nil)
    }

    @Test func readsArchivesInArchivesAsFiles() throws {
        let inner = MadeZip([.init("inner.jpg")]).bytes
        var zip = MadeZip([.init("outer.zip"), .init("z.jpg")])
        zip.entries[0].content = inner
        let listing = try Listing(zip.bytes)
        #expect(listing.paths == ["outer.zip", "z.jpg"] && listing.files.first?.content == inner)
        #expect(listing.error == nil)
    }

    @Test func readsEmptyArchives() throws {
        for bytes in [MadeZip().bytes, Array(repeating: 0, count: 10_240)] {
            let listing = try Listing(bytes)
            #expect(listing.error == nil && listing.entries == 0)
        }
    }

    @Test func refusesOtherFormats() throws {
        let folder = try TemporaryFolder()
        // Made by programs and libraries that know the format, where Python has them.
        let script = """
            import gzip, bz2, lzma
            with zipfile.ZipFile('zip', 'w') as z: z.writestr('a.jpg', b'content' * 999)
            tar = io.BytesIO()
            with tarfile.open(fileobj=tar, mode='w') as t:
                info = tarfile.TarInfo('a.jpg')
                info.size = 6993
                t.addfile(info, io.BytesIO(b'content' * 999))
            tar = tar.getvalue()
            made = {'tar.bz2': bz2.compress(tar), 'tar.xz': lzma.compress(tar), 'tar.lzma':
                lzma.compress(tar, format=lzma.FORMAT_ALONE), 'tar.gz.gz': gzip.compress(gzip.compress(tar)),
                'zip.gz': gzip.compress(open('zip', 'rb').read()), 'photo.gz': gzip.compress(b'content' * 999),
                'photo.jpg': b'\\xff\\xd8\\xff\\xe0' + b'content' * 999, 'empty': b'', 'text': b'hello',
                '7z': b"7z\\xbc\\xaf\\x27\\x1c\\0\\4" + bytes(999), 'rar': b'Rar!\\x1a\\7\\0' + bytes(999),
                'rar5': b'Rar!\\x1a\\7\\1\\0' + bytes(999), 'iso': bytes(32768) + b'\\1CD001\\1' + bytes(9999),
                'cpio': b'070701' + b'0' * 104 + b'a\\0' + b'070701' + b'0' * 104 + b'TRAILER!!!\\0' * 9,
                'ar': b'!<arch>\\na.jpg/          0           0     0     644     7         `\\ncontent',
                'mtree': b'#mtree\\na.jpg type=file contents=/etc/passwd\\n'}
            for name, content in made.items(): open('not-' + name, 'wb').write(content)
            """
        try Python.run(script, in: folder)
        let names = try folder.contents().filter { $0.hasPrefix("not-") }
        #expect(names.count == 16)
        for name in names {
            let listing = try Listing(folder.url.appendingPathComponent(name))
            #expect(listing.error?.code == .notAnArchive, "\(name): \(listing)")
            #expect(listing.error?.message.contains("zip, tar, tar.gz and tar.zst") == true, "\(name)")
            #expect(listing.files.isEmpty, "\(name)")
        }
    }

    @Test func refusesWhatIsNoFile() throws {
        let folder = try TemporaryFolder()
        let pipe = folder.url.appendingPathComponent("pipe")
        #expect(mkfifo(pipe.path, 0o600) == 0)
        for file in [folder.url, folder.url.appendingPathComponent("absent"), pipe] {
            let error = try Listing(file).error
            #expect(error?.code == .unreadable)
            #expect((error?.message == "It is not a file.") == (file.lastPathComponent != "absent"))
        }
    }
}
