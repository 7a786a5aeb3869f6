import Domain
import Foundation
import GRDB
import Storage
import TestSupport
import Testing

struct SQLiteBottleneckCacheTests {
    private func key(
        _ photo: UInt8 = 1, backbone: String = "b", preprocessing: String = "p", view: String = ""
    ) -> BottleneckKey {
        BottleneckKey(
            photo: PhotoDigest(bytes: Array(repeating: photo, count: 32)), backbone: backbone,
            preprocessing: preprocessing, view: view)
    }

    private func value(_ number: Float) -> Bottleneck { Bottleneck(features: [number, 2, 3], appearance: 7) }

    // Every bit of every float, and appearances on both sides of what SQLite's signed integers hold.
    @Test func keepsEveryBit() throws {
        let folder = try TemporaryFolder()
        let cache = try SQLiteBottleneckCache.open(in: folder.url).cache
        let features: [Float] = [0, -0.0, 1, .pi, -0x1p-140, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
        for (number, appearance) in [0, 1, .max, 1 << 63, 0x0123_4567_89AB_CDEF].enumerated()
            as EnumeratedSequence<[UInt64]>
        {
            let bottleneck = Bottleneck(features: features, appearance: appearance)
            try cache.store([(key(UInt8(number)), bottleneck)])
            let found = try #require(try cache.bottleneck(for: key(UInt8(number))))
            #expect(found.features.map(\.bitPattern) == features.map(\.bitPattern))
            #expect(found.appearance == appearance)
        }
    }

    // Each part of the key counts, also before anything was stored under it.
    @Test func tellsKeysApart() throws {
        let folder = try TemporaryFolder()
        let cache = try SQLiteBottleneckCache.open(in: folder.url).cache
        let keys = [
            key(), key(2), key(backbone: "c"), key(preprocessing: "q"), key(view: "v"),
            key(backbone: "p", preprocessing: "b"),
        ]
        for (number, key) in keys.enumerated() {
            #expect(try cache.bottleneck(for: key) == nil)
            try cache.store([(key, value(Float(number)))])
        }
        for (number, key) in keys.enumerated() { #expect(try cache.bottleneck(for: key) == value(Float(number))) }
    }

    // A file of the first version, whose vectors had no checksums: they are computed anew, and it serves on.
    @Test func opensTheFirstVersion() throws {
        let folder = try TemporaryFolder()
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: bottlenecks by context") { database in
            try database.execute(
                sql: """
                    CREATE TABLE context (id INTEGER PRIMARY KEY, backbone TEXT NOT NULL, preprocessing TEXT NOT NULL,
                        view TEXT NOT NULL, UNIQUE (backbone, preprocessing, view));
                    CREATE TABLE bottleneck (photo BLOB NOT NULL, context INTEGER NOT NULL REFERENCES context (id),
                        appearance INTEGER NOT NULL, features BLOB NOT NULL, PRIMARY KEY (photo, context));
                    INSERT INTO context VALUES (1, 'b', 'p', '');
                    """)
            try database.execute(
                sql: "INSERT INTO bottleneck VALUES (?, 1, 7, ?)",
                arguments: [Data(repeating: 1, count: 32), [Float(1), 2, 3].littleEndianBytes])
        }
        try migrator.migrate(DatabaseQueue(path: folder.url.appendingPathComponent("bottlenecks.sqlite").path))
        let (cache, putAside) = try SQLiteBottleneckCache.open(in: folder.url)
        #expect(putAside == nil)
        #expect(try cache.bottleneck(for: key()) == nil)
        try cache.store([(key(), value(1))])
        #expect(try SQLiteBottleneckCache.open(in: folder.url).cache.bottleneck(for: key()) == value(1))
    }

    @Test func overwrites() throws {
        let folder = try TemporaryFolder()
        let cache = try SQLiteBottleneckCache.open(in: folder.url).cache
        try cache.store([(key(), value(1)), (key(2), value(5))])
        let longer = Bottleneck(features: Array(repeating: 9, count: 2048), appearance: 1)
        try cache.store([(key(), longer)])
        #expect(try cache.bottleneck(for: key()) == longer)
        #expect(try cache.bottleneck(for: key(2)) == value(5))
        try cache.store([])
    }

    // What one instance, as in another process, has stored, the other finds: now, and after both have been closed.
    @Test func isSharedByTwoInstancesAndOutlivesThem() throws {
        let folder = try TemporaryFolder()
        do {
            let first = try SQLiteBottleneckCache.open(in: folder.url).cache
            let second = try SQLiteBottleneckCache.open(in: folder.url).cache
            try first.store([(key(), value(1))])
            try second.store([(key(2), value(2))])
            #expect(try second.bottleneck(for: key()) == value(1))
            #expect(try first.bottleneck(for: key(2)) == value(2))
        }
        let (cache, putAside) = try SQLiteBottleneckCache.open(in: folder.url)
        #expect(putAside == nil)
        #expect(try cache.bottleneck(for: key()) == value(1))
    }

    @Test func takesManyWritersAtOnce() async throws {
        let folder = try TemporaryFolder()
        let caches = try (0..<2).map { _ in try SQLiteBottleneckCache.open(in: folder.url).cache }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                let key = key(UInt8(number), view: "\(number % 3)")
                let value = value(Float(number))
                group.addTask {
                    try caches[number % 2].store([(key, value)])
                    #expect(try caches[number % 2].bottleneck(for: key) == value)
                }
            }
            try await group.waitForAll()
        }
        for number in 0..<100 {
            #expect(try caches[0].bottleneck(for: key(UInt8(number), view: "\(number % 3)")) == value(Float(number)))
        }
    }

    // What SQLite cannot read is put aside, whole, and a new file takes its place.
    @Test(arguments: ["text", "header", "pages"])
    func replacesADamagedFile(damage: String) throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appendingPathComponent("bottlenecks.sqlite")
        do {
            let cache = try SQLiteBottleneckCache.open(in: folder.url).cache
            try cache.store(
                (0..<200).map { (key($0), Bottleneck(features: Array(repeating: 1, count: 1280), appearance: 0)) })
        }
        var bytes = try Data(contentsOf: file)
        switch damage {
        case "text": bytes = Data(String(repeating: "this is no database ", count: 500).utf8)
        case "header": bytes.replaceSubrange(0..<16, with: Data(repeating: 0x41, count: 16))
        default: bytes.replaceSubrange(4096..<bytes.count, with: Data(repeating: 0xA5, count: bytes.count - 4096))
        }
        try bytes.write(to: file)
        let (cache, putAside) = try SQLiteBottleneckCache.open(in: folder.url)
        // SQLite may have written to it before it met the damage, so its bytes are not compared.
        #expect(FileManager.default.fileExists(atPath: try #require(putAside).path))
        #expect(try cache.bottleneck(for: key()) == nil)
        try cache.store([(key(), value(1))])
        #expect(try cache.bottleneck(for: key()) == value(1))
    }

    // A file where the folder should be: no right to write in would not stop a test that runs as root.
    @Test func saysWhichFolderCannotBeUsed() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("a file", to: "cache")
        let error = #expect(throws: RegraftError.self) { try SQLiteBottleneckCache.open(in: file) }
        #expect(error?.code == "cache_unusable")
        #expect(error?.message.contains(file.path) == true)
    }

    // A bit that the disk has changed in a vector, which SQLite does not notice: not found, so computed anew.
    @Test func doesNotTrustAChangedVector() throws {
        let folder = try TemporaryFolder()
        let features = (0..<40).map { 1000.5 + Float($0) }
        do {
            try SQLiteBottleneckCache.open(in: folder.url).cache.store([
                (key(), Bottleneck(features: features, appearance: 1))
            ])
        }
        let file = folder.url.appendingPathComponent("bottlenecks.sqlite")
        var bytes = try Data(contentsOf: file)
        let place = try #require(bytes.firstRange(of: [features[20]].littleEndianBytes))
        bytes[place.lowerBound] ^= 1
        try bytes.write(to: file)
        let (cache, putAside) = try SQLiteBottleneckCache.open(in: folder.url)
        #expect(putAside == nil)
        #expect(try cache.bottleneck(for: key()) == nil)
    }
}
