import Crypto
import Domain
import Formats
import Foundation
import Testing

struct ModelBundleTests {
    private static let head = HeadBundle(
        backboneID: "made", backboneHash: String(repeating: "ab", count: 32), fit: .crop, preprocessing: "1 crop",
        head: Head(
            labels: ["tulip", "ümlaut"], transform: .squareRootL2, featureCount: 2, weights: [1, -0.0, .pi, 0.1],
            biases: [.leastNonzeroMagnitude, -3]),
        abstention: Abstention(targetPrecision: 0.95, confidenceThreshold: 0.4321))

    private static let bundle = ModelBundle(
        head: head, evaluation: Data(#"{"format":"regraft-evaluation"}"#.utf8), descriptor: Data("{}".utf8),
        provenance: ModelProvenance(
            regraft: "0.1.0", model: "flowers", version: 3, dataset: "flowers", datasetVersion: 2,
            createdAt: Date(timeIntervalSince1970: 1_700_000_000), recipe: .auto, metrics: metrics))

    private static let metrics: JobMetrics = {
        var metrics = JobMetrics()
        (metrics.testAccuracy, metrics.crossEntropy) = (0.875, 0.25)
        return metrics
    }()

    private func refusal(_ data: Data) -> String? {
        do {
            _ = try ModelBundle(decoding: data)
            return nil
        } catch {
            #expect(error.code == "invalid_bundle" && error.message.hasSuffix("."), "\(error)")
            return error.message
        }
    }

    @Test func comesBack() throws {
        let bundle = Self.bundle
        #expect(try ModelBundle(decoding: bundle.encoded()) == bundle)
        let bare = ModelBundle(
            head: Self.head, evaluation: Data(), descriptor: nil,
            provenance: ModelProvenance(
                regraft: "", model: nil, version: nil, dataset: "", datasetVersion: nil, createdAt: nil,
                recipe: .retrain, metrics: JobMetrics()))
        #expect(try ModelBundle(decoding: bare.encoded()) == bare)
        // Also as a part of other data, whose first byte has another number.
        let longer = Data([1, 2, 3]) + (try bundle.encoded())
        #expect(try ModelBundle(decoding: longer.dropFirst(3)) == bundle)
    }

    // A file that is imported and exported again says the same time.
    @Test func keepsTheMillisecond() throws {
        let time = try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse("2026-11-28T15:59:53.706Z")
        var provenance = Self.bundle.provenance
        provenance.createdAt = time
        let bundle = ModelBundle(head: Self.head, evaluation: Data(), descriptor: nil, provenance: provenance)
        var file = try bundle.encoded()
        for _ in 0..<3 {
            #expect(String(decoding: file, as: UTF8.self).contains("15:59:53.706Z"))
            file = try ModelBundle(decoding: file).encoded()
        }
    }

    @Test func alwaysGivesTheSameBytes() throws {
        let first = try Self.bundle.encoded()
        for _ in 0..<20 { #expect(try Self.bundle.encoded() == first) }
    }

    // Written down here by hand from docs/bundle.md.
    @Test func hasTheDocumentedBytes() throws {
        let file = [UInt8](try Self.bundle.encoded())
        #expect(Array(file.prefix(12)) == [0x89, 0x52, 0x47, 0x52, 0x41, 0x46, 0x54, 0x0A, 1, 0, 0, 0])
        #expect(Array(file[12..<16]) == [4, 0, 0, 0])
        #expect(file[16..<24].reversed().reduce(0) { $0 << 8 | Int($1) } == file.count)
        let names = ["provenance", "head", "evaluation", "descriptor"]
        for (index, name) in names.enumerated() {
            let entry = Array(file[24 + 64 * index..<24 + 64 * index + 24])
            #expect(entry == Array(name.utf8) + [UInt8](repeating: 0, count: 24 - name.utf8.count))
        }
        // The last section is `{}`; its SHA-256 as `printf {} | sha256sum` prints it.
        let last = file[24 + 64 * 3 + 32..<24 + 64 * 4]
        #expect(last.hexadecimal == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")
        #expect(file[24 + 64 * 3 + 24..<24 + 64 * 3 + 32].elementsEqual([2, 0, 0, 0, 0, 0, 0, 0]))
        #expect(file.dropLast(32).suffix(2).elementsEqual("{}".utf8))
        #expect(file.suffix(32).elementsEqual(SHA256.hash(data: file.dropLast(32))))
    }

    @Test func refusesEveryCutOffFile() throws {
        let file = try Self.bundle.encoded()
        for count in 0..<file.count {
            let message = refusal(file.prefix(count))
            #expect(
                message?.contains(count == 0 ? "empty" : "cut off") == true, "\(count) bytes: \(message ?? "taken")")
        }
        for tail in [Data([0]), Data("\n".utf8), file] {
            #expect(refusal(file + tail)?.contains("something follows its end") == true)
        }
    }

    @Test func refusesEveryFlippedBit() throws {
        let file = try Self.bundle.encoded()
        for bit in 0..<file.count * 8 {
            var damaged = file
            damaged[bit / 8] ^= 1 << (bit % 8)
            let message = refusal(damaged)
            // What lies behind the length is found by the checksum, also the version: it is no file of a newer Regraft.
            let reasons = bit / 8 < 8 ? ["begin"] : 16..<24 ~= bit / 8 ? ["cut off", "follows"] : ["checksum"]
            #expect(reasons.contains { message?.contains($0) == true }, "bit \(bit): \(message ?? "taken")")
        }
    }

    // What tools do that take it for text.
    @Test func refusesChangedLineEnds() throws {
        let file = try Self.bundle.encoded()
        var changed = Data()
        for byte in file { changed.append(contentsOf: byte == 0x0A ? [0x0D, 0x0A] : [byte]) }
        #expect(refusal(changed)?.contains("does not begin as one does") == true)
        #expect(refusal(Data(file.map { $0 & 0x7F }))?.contains("does not begin as one does") == true)
    }

    // What people have at hand who have no bundle.
    @Test func saysWhatABundleIs() {
        for other in ["PK\u{3}\u{4}", "\u{8}\u{8}\u{12}\u{7}pytorch"] {
            let message = refusal(Data(other.utf8))
            #expect(message?.contains("export?format=bundle") == true && message?.contains("--output_graph") == true)
        }
    }

    @Test func saysThatAFileIsNewer() throws {
        var file = try Self.bundle.encoded()
        file[8] = 2
        #expect(
            refusal(Self.sealed(file))?.contains("newer Regraft: its version is 2 and this Regraft reads version 1")
                == true)
        file[8] = 0
        #expect(refusal(Self.sealed(file))?.contains("its version is 0") == true)
    }

    @Test func saysThatAHeadAloneIsNone() throws {
        let old = try Self.head.encoded()
        #expect(refusal(old)?.contains("hold a head alone") == true)
        #expect(try ModelBundle.head(decoding: old) == Self.head)
        #expect(try ModelBundle.head(decoding: Self.bundle.encoded()) == Self.head)
        #expect(throws: RegraftError.self) { try ModelBundle.head(decoding: Data("PK".utf8)) }
    }

    // Tables that somebody has made up, under right checksums.
    @Test func refusesHostileTables() throws {
        let plain: [Entry] = [("head", 1, Data([7])), ("evaluation", 0, Data())]
        let huge = UInt64.max
        let cases: [(what: String, file: Data, reason: String)] = [
            ("no sections", Self.file([]), "its table of 0 sections"),
            ("more sections than there are", Self.file(plain, count: 3), "its table of 3 sections"),
            ("65 sections", Self.file(plain, count: 65), "its table of 65 sections"),
            ("4 billion sections", Self.file(plain, count: .max), "its table of 4294967295 sections"),
            ("a section beyond the end", Self.file([("head", 2, Data([7]))]), "'head' is said to go on beyond"),
            ("a length of 2^64 - 1", Self.file([("head", huge, Data([7]))]), "'head' is said to go on beyond"),
            (
                "lengths whose sum is small again",
                Self.file([("a", huge, Data()), ("b", 2, Data([7]))]), "'a' is said to go on beyond"
            ),
            (
                "bytes of no section", Self.file([("head", 0, Data())], more: Data([1, 2])),
                "2 bytes that are of no section"
            ),
            ("two of a name", Self.file([("head", 0, Data()), ("head", 0, Data())]), "two sections 'head'"),
            ("no name", Self.file([("", 0, Data())]), "no name"),
            ("a name of other characters", Self.file([("../x", 0, Data())]), "no name"),
            ("something behind the name", Self.file([("head\0x", 0, Data())]), "no name"),
            ("no head", Self.file([("other", 0, Data())]), "no section 'head'"),
            ("a head that is none", Self.file(plain), "damaged or of another kind"),
            (
                "a provenance without end",
                Self.file([
                    ("head", nil, try Self.head.encoded()), ("evaluation", 0, Data()),
                    ("provenance", nil, Data(count: 1 << 17)),
                ]), "'provenance' is too long"
            ),
        ]
        for (what, file, reason) in cases {
            let message = refusal(file)
            #expect(message?.contains(reason) == true, "\(what): \(message ?? "taken")")
        }
        // A checksum of a section that is wrong under a right one of the whole.
        var file = try Self.bundle.encoded()
        file[24 + 40] ^= 1
        #expect(refusal(Self.sealed(file))?.contains("'provenance' does not match its checksum") == true)
    }

    @Test func passesOverWhatItDoesNotKnow() throws {
        let bundle = Self.bundle
        let more = Self.file([
            ("a-new-1", 3, Data([1, 2, 3])), ("head", nil, try bundle.head.encoded()),
            ("evaluation", nil, bundle.evaluation),
            (
                "provenance", nil,
                Data(#"{"regraft": "9", "dataset": "x", "recipe": "auto", "metrics": {}, "more": [1]}"#.utf8)
            ),
        ])
        let read = try ModelBundle(decoding: more)
        #expect(read.head == bundle.head && read.provenance.regraft == "9" && read.descriptor == nil)
    }

    @Test func leavesOutNumbersThatJSONHasNot() throws {
        var metrics = JobMetrics()
        (metrics.trainAccuracy, metrics.crossEntropy) = (0.5, .infinity)
        let provenance = ModelProvenance(
            regraft: "", model: nil, version: nil, dataset: "", datasetVersion: nil, createdAt: nil, recipe: .auto,
            metrics: metrics)
        let bundle = ModelBundle(head: Self.head, evaluation: Data(), descriptor: nil, provenance: provenance)
        let back = try ModelBundle(decoding: bundle.encoded()).provenance.metrics
        #expect(back.trainAccuracy == 0.5 && back.crossEntropy == nil)
    }

    // MARK: Files by hand

    /// A length of nil is the content's.
    private typealias Entry = (name: String, length: UInt64?, content: Data)

    /// A file as docs/bundle.md describes it, whatever its table says.
    private static func file(_ sections: [Entry], count: UInt32? = nil, more: Data = Data()) -> Data {
        var file = Data([0x89, 0x52, 0x47, 0x52, 0x41, 0x46, 0x54, 0x0A, 1, 0, 0, 0])
        func append<Number: FixedWidthInteger>(_ number: Number) {
            withUnsafeBytes(of: number.littleEndian) { file.append(contentsOf: $0) }
        }
        append(count ?? UInt32(sections.count))
        append(UInt64(0))
        for (name, length, content) in sections {
            file.append(contentsOf: Array(name.utf8) + [UInt8](repeating: 0, count: 24 - name.utf8.count))
            append(length ?? UInt64(content.count))
            file.append(contentsOf: SHA256.hash(data: content))
        }
        for section in sections { file.append(section.content) }
        return sealed(file + more + Data(count: 32))
    }

    /// With the length and the checksum that go with its bytes.
    private static func sealed(_ file: Data) -> Data {
        var sealed = file.dropLast(32)
        withUnsafeBytes(of: UInt64(file.count).littleEndian) {
            sealed.replaceSubrange(sealed.startIndex + 16..<sealed.startIndex + 24, with: $0)
        }
        return sealed + Data(SHA256.hash(data: sealed))
    }
}
