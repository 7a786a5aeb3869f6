import Archives
import Foundation
import TestSupport
import Testing

/// What an archive may cost. Numbers are the product's own where they can be reached in a moment.
struct LimitTests {
    private static func limits(_ change: (inout ArchiveLimits) -> Void) -> ArchiveLimits {
        var limits = ArchiveLimits()
        change(&limits)
        return limits
    }

    /// Tar, compressed tar and zip of as many small files, folders among them, and of two files of 100,000 bytes.
    private static func archives() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let script = """
            for kind in ('small', 'large'):
                contents = {f'{n}.jpg': b'content' for n in range(20)} if kind == 'small' else {
                    'a.jpg': bytes(range(250)) * 400, 'b.jpg': bytes(range(250)) * 400, 'z.jpg': b'z'}
                for mode in ('w', 'w:gz'):
                    with tarfile.open(f'{kind}.tar.{mode[2:]}', mode) as t:
                        for name, content in contents.items():
                            info = tarfile.TarInfo(name)
                            info.size = len(content)
                            t.addfile(info, io.BytesIO(content))
                for method in (0, 8):
                    with zipfile.ZipFile(f'{kind}.zip.{method}', 'w', method) as z:
                        for name, content in contents.items(): z.writestr(name, content)
            """
        try Python.run(script, in: folder)
        return folder
    }

    @Test func endsAtTooManyEntries() throws {
        let folder = try Self.archives()
        for name in try folder.contents() where name.hasPrefix("small") {
            let file = folder.url.appendingPathComponent(name)
            #expect(try Listing(file, limits: Self.limits { $0.maximumEntries = 20 }).paths.count == 20, "\(name)")
            let listing = try Listing(file, limits: Self.limits { $0.maximumEntries = 19 })
            #expect(listing.error?.code == .tooManyEntries, "\(name)")
            // A zip's directory is read first.
            #expect(listing.paths.count == (name.contains("zip") ? 0 : 19), "\(name)")
        }
    }

    // Records for one and the same content: libarchive keeps the first, after it has read them all into memory.
    @Test func countsTheDirectoryAsItIsRead() throws {
        var zip = MadeZip([.init("a.jpg")])
        zip.directoryCopies = 50_000
        #expect(try Listing(zip.bytes, limits: Self.limits { $0.maximumEntries = 50_000 }).error == nil)
        let listing = try Listing(zip.bytes, limits: Self.limits { $0.maximumEntries = 49_999 })
        #expect(listing.error?.code == .tooManyEntries && listing.entries == 0)
    }

    @Test func refusesLargeEntriesAlone() throws {
        let folder = try Self.archives()
        for name in try folder.contents() where name.hasPrefix("large") {
            let file = folder.url.appendingPathComponent(name)
            #expect(
                try Listing(file, limits: Self.limits { $0.maximumEntryBytes = 100_000 }).paths.count == 3, "\(name)")
            let listing = try Listing(file, limits: Self.limits { $0.maximumEntryBytes = 99_999 })
            #expect(listing.paths == ["z.jpg"] && listing.error == nil, "\(name)")
            #expect(listing.reasons.map { $0.contains("99999") } == [true, true], "\(name)")
        }
    }

    @Test func endsAtTooManyBytes() throws {
        let folder = try Self.archives()
        for name in try folder.contents() where name.hasPrefix("large") {
            let file = folder.url.appendingPathComponent(name)
            // A tar's headers and padding come out of it, too.
            let all = name.contains("zip") ? 200_001 : 220_000
            #expect(try Listing(file, limits: Self.limits { $0.maximumTotalBytes = all }).paths.count == 3, "\(name)")
            let listing = try Listing(file, limits: Self.limits { $0.maximumTotalBytes = 200_000 })
            #expect(listing.error?.code == .tooLarge, "\(name)")
            #expect(listing.paths.first == "a.jpg", "\(name)")
        }
    }

    /// Zeros by the gigabyte, made of one compressed piece that is repeated. Bytes out of it are counted by `sink`.
    private static func bomb(_ gigabytes: Int, in folder: TemporaryFolder, statedSize: Int) throws -> URL {
        let script = """
            gigabytes, stated = int(sys.argv[1]), int(sys.argv[2])
            c = zlib.compressobj(9, zlib.DEFLATED, -15)
            piece = c.compress(bytes(64 << 20)) + c.flush(zlib.Z_FULL_FLUSH)
            data = piece * (16 * gigabytes) + b'\\3\\0'
            name = b'bomb.bmp'
            def header(sizes): return struct.pack('<HHHHHLLLHH', 20, 0, 8, 0, 33, 0, len(data), sizes, len(name), 0)
            with open('bomb', 'wb') as f:
                f.write(b'PK\\3\\4' + header(stated) + name + data)
                start = f.tell()
                f.write(b'PK\\1\\2\\24\\3' + header(stated) + struct.pack('<HHHLL', 0, 0, 0, 0o100644 << 16, 0) + name)
                size = f.tell() - start
                f.write(b'PK\\5\\6' + struct.pack('<HHHHLLH', 0, 0, 1, 1, size, start, 0))
            """
        try Python.run(script, ["\(gigabytes)", "\(statedSize)"], in: folder)
        return folder.url.appendingPathComponent("bomb")
    }

    /// - Returns: how it ended, and how much had come out by then.
    private static func read(_ file: URL, _ limits: ArchiveLimits) throws -> (outcome: ArchiveContent?, bytes: Int) {
        let reader = try ArchiveReader(file, limits: limits)
        var (count, outcome) = (0, ArchiveContent?.none)
        while let item = try reader.next() {
            guard case .file = item else { continue }
            outcome = try reader.readContent { count += $0.count }
        }
        return (outcome, count)
    }

    @Test func stopsABombOfTenGigabytes() throws {
        let folder = try TemporaryFolder()
        // Stated truly (4 GiB is as much as fits the field): not touched.
        let honest = try Listing(Self.bomb(10, in: folder, statedSize: 0xFFFF_FFFE))
        #expect(honest.refused.map(\.path) == ["bomb.bmp"] && honest.error == nil)
        // Stated as harmless.
        let file = try Self.bomb(10, in: folder, statedSize: 1000)
        var limits = ArchiveLimits()
        let error = #expect(throws: ArchiveError.self) { try Self.read(file, limits) }
        #expect(error?.code == .expandsTooMuch)
        // With no limit of expansion, that of an entry.
        limits.maximumExpansion = Int.max
        let (outcome, bytes) = try Self.read(file, limits)
        #expect(outcome == .refused(reason: "it is larger than 67108864 bytes") && bytes <= 64 << 20)
        // With neither, that of the whole.
        limits.maximumEntryBytes = Int.max
        limits.maximumTotalBytes = 100 << 20
        #expect(throws: ArchiveError(.tooLarge, "It holds more than 104857600 bytes; split it into several.")) {
            try Self.read(file, limits)
        }
    }

    // Neither 10 MB more than once nor much of it at once: what is counted is all that has come out.
    @Test func countsExpansionOverAllEntries() throws {
        let folder = try TemporaryFolder()
        let script = """
            with zipfile.ZipFile('zip', 'w', 8) as z:
                for n in range(30): z.writestr(f'{n}.bmp', bytes(1 << 20))
            with tarfile.open('tar.gz', 'w:gz') as t:
                for n in range(30):
                    info = tarfile.TarInfo(f'{n}.bmp')
                    info.size = 1 << 20
                    t.addfile(info, io.BytesIO(bytes(1 << 20)))
            """
        try Python.run(script, in: folder)
        for name in try folder.contents() {
            let listing = try Listing(folder.url.appendingPathComponent(name))
            #expect(listing.error?.code == .expandsTooMuch, "\(name)")
            #expect((8...10).contains(listing.files.count), "\(name): \(listing.files.count)")
        }
    }

    // Entries that are refused, and so never delivered, must be decompressed all the same to get behind them.
    @Test(arguments: ["gz", "zst", "zip"])
    func stopsBombsInWhatIsSkipped(kind: String) throws {
        let folder = try TemporaryFolder()
        let script = """
            info = tarfile.TarInfo('bomb.bmp')
            info.size = 1 << 40
            if sys.argv[1] == 'zip':  # without directory, and with sizes behind the content only
                c = zlib.compressobj(9, zlib.DEFLATED, -15)
                piece = c.compress(bytes(64 << 20)) + c.flush(zlib.Z_FULL_FLUSH)
                header = b'PK\\3\\4' + struct.pack('<HHHHHLLLHH', 20, 8, 8, 0, 33, 0, 0, 0, 8, 0)
                open('bomb', 'wb').write(header + b'../a.jpg' + piece * 32)
            elif sys.argv[1] == 'gz':
                c = zlib.compressobj(9, zlib.DEFLATED, 31)
                head = c.compress(info.tobuf()) + c.flush(zlib.Z_FULL_FLUSH)
                piece = c.compress(bytes(64 << 20)) + c.flush(zlib.Z_FULL_FLUSH)
                open('bomb', 'wb').write(head + piece * 100)
            else:
                open('head', 'wb').write(info.tobuf())
                open('piece', 'wb').write(bytes(64 << 20))
            """
        try Python.run(script, [kind], in: folder)
        if kind == "zst" {
            guard try Python.start("zstd", ["-q", "head", "piece"], in: folder) == 0 else {
                return printSkipped("stopsBombsInWhatIsSkipped", because: "there is no zstd program")
            }
            let script =
                "open('bomb', 'wb').write(open('head.zst', 'rb').read() + open('piece.zst', 'rb').read() * 999)"
            try Python.run(script, in: folder)
        }
        var checks = 0
        let reader = try ArchiveReader(folder.url.appendingPathComponent("bomb")) { checks += 1 }
        guard case .refused = try reader.next() else {
            Issue.record("The bomb would be delivered.")
            return
        }
        let error = #expect(throws: ArchiveError.self) { try reader.next() }
        #expect(error?.code == .expandsTooMuch)
        #expect(checks > 20 && reader.bytesConsumed < 1 << 20)
    }

    /// Overlapping entries after Fifield: each content is a stored block that quotes the next local header, and so on
    /// to one kernel that all have in common.
    @Test func stopsEntriesThatShareContent() throws {
        let folder = try TemporaryFolder()
        let script = """
            kernel = zlib.compressobj(9, zlib.DEFLATED, -15)
            kernel = kernel.compress(bytes(100_000)) + kernel.flush()
            data, plain = kernel, bytes(100_000)
            files = []
            for n in reversed(range(50)):
                name = b'%02d.bmp' % n
                common = struct.pack('<HHHHHLLLHH', 20, 0, 8, 0, 33, zlib.crc32(plain), len(data), len(plain), len(name), 0)
                header = b'PK\\3\\4' + common + name
                files.append((common, name, len(header) + len(data)))
                data = header + data
                body = data
                if n:
                    data = struct.pack('<BHH', 0, len(header), ~len(header) & 0xffff) + data
                    plain = header + plain
            whole = body
            directory = b''.join(b'PK\\1\\2\\24\\3' + common + struct.pack('<HHHLL', 0, 0, 0, 0o100644 << 16,
                len(whole) - length) + name for common, name, length in reversed(files))
            end = b'PK\\5\\6' + struct.pack('<HHHHLLH', 0, 0, 50, 50, len(directory), len(whole), 0)
            open('zip', 'wb').write(whole + directory + end)
            """
        try Python.run(script, in: folder)
        let listing = try Listing(folder.url.appendingPathComponent("zip"))
        #expect(listing.paths == ["00.bmp"], "\(listing.refused)")
        #expect(listing.error?.code == .expandsTooMuch && listing.error?.message.contains("share") == true)
    }
}
