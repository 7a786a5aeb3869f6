import Archives
import Foundation
import TestSupport
import Testing

/// The reader's own behaviour, whatever the format.
struct ArchiveReaderTests {
    struct Stop: Error {}

    private static func archives(in folder: TemporaryFolder) throws -> [URL] {
        let script = """
            import random
            random.seed(1)
            contents = {f'{n}.jpg': random.randbytes(300_000) for n in range(20)}
            with zipfile.ZipFile('zip', 'w', 8) as z:
                for name, content in contents.items(): z.writestr(name, content)
            for mode in ('w', 'w:gz'):
                with tarfile.open('tar' + mode[2:], mode) as t:
                    for name, content in contents.items():
                        info = tarfile.TarInfo(name)
                        info.size = len(content)
                        t.addfile(info, io.BytesIO(content))
            """
        try Python.run(script, in: folder)
        return try folder.contents().map { folder.url.appendingPathComponent($0) }
    }

    @Test func tellsProgress() throws {
        let folder = try TemporaryFolder()
        for file in try Self.archives(in: folder) {
            let reader = try ArchiveReader(file)
            let length = try #require(try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int)
            #expect(reader.length == length)
            var (last, item) = (0, 0)
            while case .file = try reader.next() {
                item += 1
                _ = try reader.readContent { _ in }
                #expect(reader.bytesConsumed > last)
                #expect(abs(reader.bytesConsumed - length * item / 20) < 100_000, "\(file.lastPathComponent), \(item)")
                last = reader.bytesConsumed
            }
            #expect(item == 20 && reader.bytesConsumed == length)
        }
    }

    @Test func skipsWhatIsNotRead() throws {
        let folder = try TemporaryFolder()
        for file in try Self.archives(in: folder) {
            let reader = try ArchiveReader(file)
            var item = 0
            while case .file(let path, let size) = try reader.next() {
                #expect(path == "\(item).jpg" && size == 300_000)
                // Not read, read in part, read whole.
                if item % 3 == 1 {
                    #expect(throws: Stop.self) { try reader.readContent { _ in throw Stop() } }
                } else if item % 3 == 2 {
                    #expect(try reader.readContent { _ in } == .complete(bytes: 300_000))
                }
                item += 1
            }
            #expect(item == 20)
        }
    }

    @Test func stopsAtACheckpoint() throws {
        let folder = try TemporaryFolder()
        for file in try Self.archives(in: folder) {
            var left = 30
            let reader = try ArchiveReader(file) {
                left -= 1
                if left < 0 { throw Stop() }
            }
            #expect(throws: Stop.self) {
                while try reader.next() != nil { _ = try reader.readContent { _ in } }
            }
            #expect(throws: Stop.self) { try reader.next() }
        }
    }

    @Test func hasNoContentButThatOfTheLastFile() throws {
        let folder = try TemporaryFolder()
        let reader = try ArchiveReader(
            folder.write(Data(MadeZip([.init("../a"), .init("b")]).bytes), to: "a"))
        for isFile in [false, false, true, false] {
            let outcome = try reader.readContent { _ in }
            #expect((outcome == .complete(bytes: 7)) == isFile)
            _ = try reader.next()
        }
    }
}
