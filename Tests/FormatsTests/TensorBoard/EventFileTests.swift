import Domain
import Formats
import Foundation
import TestSupport
import Testing

struct EventFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Gives the times in turn, then the last for ever.
    private func clock(_ times: Double...) -> @Sendable () -> Date {
        let next = Mutexed(0)
        return {
            let index = next.change { next in
                defer { next += 1 }
                return next
            }
            return Date(timeIntervalSince1970: times[min(index, times.count - 1)])
        }
    }

    private func hex(_ data: Data) -> String { data.map { String(format: "%02x", $0) }.joined() }

    // The bytes that TensorBoard 2.21's own RecordWriter writes of the same events.
    @Test func isWhatTensorBoardItselfWrites() throws {
        let file = try EventFile(
            in: folder.url.appendingPathComponent("a/train"), suffix: "2", host: "here",
            clock: clock(1_700_000_000, 1_700_000_000.5, 1_700_000_001.25))
        #expect(file.url.path.hasSuffix("a/train/events.out.tfevents.1700000000.here.2"))
        var summary = EventSummary()
        summary.add("accuracy_1", 0.875)
        summary.add("cross_entropy_1", 0.1)
        try file.write(summary, step: 10)
        try file.writeStart()
        try file.write(
            graph: Data([0x0A, 0x14, 0x0A, 0x05] + Array("input".utf8) + [0x12, 0x0B] + Array("Placeholder".utf8)))
        let expected = [
            // The version.
            "1800000000000000a37f4b220900002040fc54d9411a0d627261696e2e4576656e743a322b353110",
            // Two scalars of step 10.
            "3800000000000000a3797d570900005040fc54d941100a2a2b0a110a0a61636375726163795f31150000603f0a160a0f63726f73735f"
                + "656e74726f70795f3115cdcccc3d30c1ac71",
            // The start of a session.
            "0d000000000000003c37b8340900005040fc54d9413a02080183c478e4",
            // A graph of one node.
            "2100000000000000017becf60900005040fc54d94122160a140a05696e707574120b506c616365686f6c6465723c5e8435",
        ].joined()
        #expect(hex(try Data(contentsOf: file.url)) == expected)
    }

    /// By TensorBoard 2.21's `hparams_pb`, without the name of a group.
    @Test func hasTheStartOfASession() throws {
        let file = try EventFile(in: folder.url, host: "here", clock: clock(1_700_000_000))
        let before = try Data(contentsOf: file.url).count
        try file.write(
            .sessionStart(["recipe": .text("auto")], at: Date(timeIntervalSince1970: 1_700_000_002)), step: 0)
        let record = hex(try Data(contentsOf: file.url).dropFirst(before))
        #expect(
            record.contains(
                "0a520a1c5f68706172616d735f2f73657373696f6e5f73746172745f696e666f42060801120212004a2a0a280a076870"
                    + "6172616d73121d1a1b0a100a0672656369706512061a046175746f2900008040fc54d941"))
    }

    @Test func timesNeverGoBack() throws {
        let file = try EventFile(in: folder.url, host: "here", clock: clock(100, 100, 105, 50, 106))
        var summary = EventSummary()
        summary.add("a", 1)
        for step in 0..<3 { try file.write(summary, step: step) }
        #expect(try Record.all(in: file.url).map(\.wallTime) == [100, 105, 105, 106])
    }

    @Test func isWholeAfterEachCall() throws {
        let file = try EventFile(in: folder.url)
        #expect(try Record.all(in: file.url).count == 1)
        try file.write(EventSummary(), step: 1)
        #expect(try Record.all(in: file.url).count == 1)
        try file.write(.sessionEnd(.succeeded), step: 1)
        #expect(try Record.all(in: file.url).count == 2)
    }

    @Test func neverWritesOverAFile() throws {
        let first = try EventFile(in: folder.url, host: "here", clock: clock(100))
        let error = #expect(throws: RegraftError.self) {
            _ = try EventFile(in: folder.url, host: "here", clock: clock(100))
        }
        #expect(error?.code == "log_unwritable")
        #expect(try Record.all(in: first.url).count == 1)
        try folder.write("precious", to: "elsewhere")
        try FileManager.default.createSymbolicLink(
            at: folder.url.appendingPathComponent("events.out.tfevents.200.here"),
            withDestinationURL: folder.url.appendingPathComponent("elsewhere"))
        #expect(throws: RegraftError.self) { _ = try EventFile(in: folder.url, host: "here", clock: clock(200)) }
        #expect(try Data(contentsOf: folder.url.appendingPathComponent("elsewhere")) == Data("precious".utf8))
    }

    // Not where it is, which is not for everybody who is told.
    @Test(arguments: ["train", "train/deep/run"])
    func saysWhatStandsInTheWay(run: String) throws {
        try folder.write("a file", to: "train")
        let error = try #require(throws: RegraftError.self) {
            _ = try EventFile(in: folder.url.appendingPathComponent(run), host: "here", clock: clock(100))
        }
        #expect(error.code == "log_unwritable")
        #expect(
            error.message == "\(run.split(separator: "/").last ?? "")/events.out.tfevents.100.here cannot be written.")
        #expect(error.description.contains("Not a directory") && !error.description.contains(folder.url.path))
    }

    @Test func hostNamesFitInAFileName() {
        #expect(!EventFile.hostName.isEmpty && !EventFile.hostName.contains("/"))
    }
}

/// A record of an event file, as far as tests look at it.
struct Record {
    let wallTime: Double
    let bytes: Data

    /// Fails where a file does not end with a whole record, or a checksum is wrong.
    static func all(in file: URL) throws -> [Record] {
        var rest = try Data(contentsOf: file)[...]
        var records: [Record] = []
        func integer<Number: FixedWidthInteger>(_ bytes: Data) -> Number {
            bytes.reversed().reduce(0) { $0 << 8 | Number($1) }
        }
        while !rest.isEmpty {
            try #require(rest.count >= 16)
            let length = rest.prefix(8)
            let count: Int = integer(length)
            try #require(rest.count >= count + 16)
            let bytes = rest.dropFirst(12).prefix(count)
            #expect(integer(rest.dropFirst(8).prefix(4)) == CRC32C.masked(length))
            #expect(integer(rest.dropFirst(12 + count).prefix(4)) == CRC32C.masked(bytes))
            // The first field of every event is its time.
            try #require(bytes.first == 9)
            let time: UInt64 = integer(bytes.dropFirst().prefix(8))
            records.append(Record(wallTime: Double(bitPattern: time), bytes: Data(bytes)))
            rest = rest.dropFirst(count + 16)
        }
        return records
    }
}
