import Archives
import Foundation
import TestSupport
import Testing

/// What becomes of names: exactly the archive's Unicode, whatever the locale.
struct NameTests {
    /// Composed, decomposed, the same in a script that normalises to something else altogether (U+212B), beyond the
    /// first plane, and marks in an order that is not canonical.
    private static let names = [
        "caf\u{E9}/1.jpg", "cafe\u{301}/1.jpg", "\u{212B}ngstr\u{F6}m.jpg", "\u{D55C}/\u{1112}\u{1161}\u{11AB}.jpg",
        "\u{1F469}\u{200D}\u{1F52C}.jpg", "a\u{301}\u{323}.jpg", "\u{65E5}\u{672C}.jpg",
    ]

    private func expectExact(_ listing: Listing, _ what: String) {
        #expect(listing.paths.map { Array($0.utf8) } == Self.names.map { Array($0.utf8) }, "\(what)")
        #expect(listing.error == nil, "\(what)")
    }

    @Test(arguments: ["C", "C.UTF-8"])
    func keepsUnicodeInEveryLocale(locale: String) throws {
        let set = try #require(newlocale(Int32(1 << LC_CTYPE), locale, nil))
        let before = uselocale(set)
        defer {
            uselocale(before)
            freelocale(set)
        }
        let folder = try TemporaryFolder()
        let script = """
            names = sys.argv[1:]
            with zipfile.ZipFile('zip', 'w') as z:
                for name in names: z.writestr(name, b'content')
            for format, kind in ((tarfile.USTAR_FORMAT, 'ustar'), (tarfile.GNU_FORMAT, 'gnu'), (tarfile.PAX_FORMAT, 'pax')):
                with tarfile.open(kind, 'w', format=format) as t:
                    for name in names: t.addfile(tarfile.TarInfo(name))
            """
        try Python.run(script, Self.names, in: folder)
        for kind in try folder.contents() { expectExact(try Listing(folder.url.appendingPathComponent(kind)), kind) }
        // As macOS and many libraries write zips: UTF-8 that is not announced.
        var zip = MadeZip(Self.names.map { MadeZip.Entry($0) })
        for index in zip.entries.indices { zip.entries[index].flags = 0 }
        expectExact(try Listing(zip.bytes), "zip without flag")
    }

    // In libarchive's own reader of zips without directory, too.
    @Test func keepsUnicodeOfZipsThatAreCutOff() throws {
        let zip = MadeZip(Self.names.map { MadeZip.Entry($0) }).bytes
        let listing = try Listing(zip.dropLast(30))
        #expect(listing.paths.map { Array($0.utf8) } == Self.names.map { Array($0.utf8) })
        #expect(listing.error?.code == .damaged)
    }

    /// All of code page 437, as Python's codec has it; zipfile writes names that it can in ASCII only, and so cannot.
    @Test func readsOldZipsInCodePage437() throws {
        let folder = try TemporaryFolder()
        try Python.run("open('names', 'wb').write(bytes(range(128, 256)).decode('cp437').encode())", in: folder)
        let expected = try Data(contentsOf: folder.url.appendingPathComponent("names"))
        var entry = MadeZip.Entry(bytes: Array(128...255))
        entry.flags = 0
        #expect(try Listing(MadeZip([entry]).bytes).paths.map { Data($0.utf8) } == [expected])
    }

    @Test func readsInfoZipsUnicodePath() throws {
        let (old, new) = (Array("caf\u{82}.jpg".unicodeScalars.map { UInt8($0.value) }), Array("cafe\u{301}.jpg".utf8))
        var (right, stale) = (Bytes(), Bytes())
        for (crc, isRight) in [(crc32(old), true), (crc32(new), false)] {
            var extra = Bytes()
            extra.add16(0x5555, 3)
            extra.bytes += [1, 2, 3]
            extra.add16(0x7075, 5 + new.count)
            extra.bytes.append(1)
            extra.add32(Int(crc))
            extra.bytes += new
            if isRight { right = extra } else { stale = extra }
        }
        for (extra, expected) in [(right, "cafe\u{301}.jpg"), (stale, "caf\u{E9}.jpg")] {
            var entry = MadeZip.Entry(bytes: old)
            entry.flags = 0
            entry.extra = extra.bytes
            let listing = try Listing(MadeZip([entry]).bytes)
            #expect(listing.paths.map { Array($0.utf8) } == [Array(expected.utf8)])
        }
    }

    // Headers longer than the piece that is read first.
    @Test func readsNamesBeforeLongExtraFields() throws {
        var entry = MadeZip.Entry("caf\u{E9}.jpg")
        var extra = Bytes()
        extra.add16(0x5555, 60_000)
        entry.extra = extra.bytes + [UInt8](repeating: 0x50, count: 60_000)
        #expect(try Listing(MadeZip([entry, .init("b.jpg")]).bytes).paths == ["caf\u{E9}.jpg", "b.jpg"])
    }

    // tar has no other encoding to fall back to, and a zip that says UTF-8 has none either.
    @Test func refusesBytesThatAreNotUTF8() throws {
        let folder = try TemporaryFolder()
        let script = """
            for format, kind in ((tarfile.USTAR_FORMAT, 'ustar'), (tarfile.GNU_FORMAT, 'gnu')):
                with tarfile.open(kind, 'w', format=format, encoding='latin-1') as t:
                    for name in ('caf\\xe9.jpg', 'b.jpg'): t.addfile(tarfile.TarInfo(name))
            """
        try Python.run(script, in: folder)
        let zip = MadeZip([.init(bytes: Array("caf".utf8) + [0xE9] + Array(".jpg".utf8)), .init("b.jpg")])
        try folder.write(Data(zip.bytes), to: "zip")
        for kind in try folder.contents() {
            let listing = try Listing(folder.url.appendingPathComponent(kind))
            #expect(listing.paths == ["b.jpg"], "\(kind)")
            #expect(listing.refused.map(\.path) == ["caf\u{FFFD}.jpg"], "\(kind)")
            #expect(listing.reasons.first?.contains("UTF-8") == true, "\(kind)")
        }
    }
}
