import Domain
import Formats
import Foundation
import Testing

struct HeadBundleTests {
    private static let bundle = HeadBundle(
        backboneID: "efficientnet-lite0", backboneHash: String(repeating: "ab", count: 32), fit: .crop,

        preprocessing: "1 256x256 crop 0.9375",
        head: Head(
            labels: ["tulip", "\"quoted\" / ümlaut"], transform: .squareRootL2, featureCount: 3,
            weights: [1, -0.0, .pi, -0x1p-140, 1e24, 0.1], biases: [.leastNonzeroMagnitude, -3]),
        abstention: Abstention(
            targetPrecision: 0.95, confidenceThreshold: 0.4321,
            unknown: UnknownDetector(
                prototypes: [1, 0, 0, 0, 0.6, 0.8], concepts: [0.1, 0.2], negatives: [0, 0, 1], margin: 0.5,
                terms: .init(
                    similarity: .init(mean: -0.5, deviation: 0.125, weight: 1), doubt: .init(mean: 2, weight: 1),
                    concepts: .init(mean: 0.1, deviation: 3, weight: 1), negatives: .init(weight: 0)),
                slope: 1.5, intercept: -2.25, threshold: 0.75)))

    private func refusal(_ data: Data) -> String? {
        do {
            _ = try HeadBundle(decoding: data)
            return nil
        } catch {
            let error = error as? RegraftError
            #expect(error?.code == "invalid_bundle", "\(String(describing: error))")
            return error?.message
        }
    }

    /// The file with some text of it replaced, which must be there.
    private func changed(_ old: String, _ new: String) throws -> Data {
        let text = String(decoding: try Self.bundle.encoded(), as: UTF8.self)
        try #require(text.contains(old))
        return Data(text.replacingOccurrences(of: old, with: new).utf8)
    }

    @Test func comesBackToTheBit() throws {
        for fit in FitMode.allCases {
            for transform in FeatureTransform.allCases {
                let head = Self.bundle.head
                let bundle = HeadBundle(
                    backboneID: "x", backboneHash: Self.bundle.backboneHash, fit: fit, preprocessing: "p",
                    head: Head(
                        labels: head.labels, transform: transform, featureCount: 3, weights: head.weights,
                        biases: head.biases))
                let back = try HeadBundle(decoding: bundle.encoded())
                #expect(back == bundle)
                #expect(back.head.weights.map(\.bitPattern) == head.weights.map(\.bitPattern))
            }
        }
    }

    // So that a model's digest says whether two are the same.
    @Test func alwaysGivesTheSameBytes() throws {
        let first = try Self.bundle.encoded()
        for _ in 0..<20 { #expect(try Self.bundle.encoded() == first) }
    }

    // What any program can read: the documented fields, numbers as little-endian base64.
    @Test func isPlainJSON() throws {
        let object = try JSONSerialization.jsonObject(with: Self.bundle.encoded()) as? [String: Any]
        #expect(object?["format"] as? String == "regraft-bundle")
        #expect(object?["version"] as? Int == 3)
        #expect(object?["feature_count"] as? Int == 3)
        #expect(object?["labels"] as? [String] == Self.bundle.head.labels)
        #expect((object?["backbone"] as? [String: String])?["sha256"] == Self.bundle.backboneHash)
        // −3 as IEEE 754: C0400000.
        #expect(Data(base64Encoded: object?["biases"] as? String ?? "")?.suffix(4) == Data([0, 0, 0x40, 0xC0]))
    }

    @Test func refusesEveryCutOffFile() throws {
        let file = try Self.bundle.encoded()
        for count in 0..<file.count { #expect(refusal(file.prefix(count)) != nil, "\(count) bytes") }
    }

    // Every flipped bit is found, except in white space and in base64's unused bits, where the bundle stays the same.
    @Test func refusesFlippedBits() throws {
        let file = try Self.bundle.encoded()
        var refused = 0
        for bit in 0..<file.count * 8 {
            var damaged = file
            damaged[bit / 8] ^= 1 << (bit % 8)
            guard let bundle = try? HeadBundle(decoding: damaged) else {
                refused += 1
                continue
            }
            #expect(bundle == Self.bundle, "bit \(bit)")
        }
        #expect(refused > file.count * 4)
    }

    @Test func refusesOtherVersionsAndFormats() throws {
        for version in [1, 2, 4] {
            let message = try refusal(changed("\"version\" : 3", "\"version\" : \(version)"))
            #expect(message?.contains("its version is \(version) and this Regraft reads version 3") == true)
        }
        #expect(try refusal(changed("regraft-bundle", "regraft-report")) != nil)
        #expect(refusal(Data("{}".utf8)) != nil)
        #expect(refusal(Data("[1, 2]".utf8)) != nil)
    }

    @Test func refusesAnotherPreprocessing() throws {
        #expect(try refusal(changed("crop 0.9375", "crop 0.875"))?.contains("checksum") == true)
    }

    @Test func refusesChangedNumbers() throws {
        let biases = Self.bundle.head.biases.littleEndianBytes.base64EncodedString()
        let other = ([1, -3] as [Float]).littleEndianBytes.base64EncodedString()
        #expect(try refusal(changed(biases, other))?.contains("checksum") == true)
    }

    // A right checksum does not make the numbers fit.
    @Test(arguments: [
        ("\"feature_count\" : 3", "\"feature_count\" : 2"), ("\"feature_count\" : 3", "\"feature_count\" : 0"),
        ("\"feature_count\" : 3", "\"feature_count\" : -3"),
        ("\"feature_count\" : 3", "\"feature_count\" : 9223372036854775807"), ("\"tulip\",", "\"tulip\", \"rose\","),
        ("\"tulip\",", ""),
    ])
    func refusesNumbersThatDoNotFit(old: String, new: String) throws {
        #expect(try refusal(changed(old, new))?.contains("do not fit") == true)
    }

    @Test func refusesNumbersThatAreNotFinite() throws {
        for bad in [Float.nan, .infinity] {
            let bundle = HeadBundle(
                backboneID: "x", backboneHash: Self.bundle.backboneHash, fit: .crop, preprocessing: "p",
                head: Head(labels: ["a", "b"], transform: .raw, featureCount: 1, weights: [1, bad], biases: [0, 0]))
            #expect(try refusal(bundle.encoded()) != nil)
        }
    }

    /// The same with one part changed.
    private func made(
        id: String = "x", hash: String = bundle.backboneHash, weight: Float = 1, bias: Float = 0,
        _ change: (inout Abstention) -> Void = { _ in }
    ) throws -> Data {
        var abstention = try #require(Self.bundle.abstention)
        change(&abstention)
        return try HeadBundle(
            backboneID: id, backboneHash: hash, fit: .crop, preprocessing: "p",
            head: Head(
                labels: ["a", "b"], transform: .raw, featureCount: 3, weights: [weight, 0, 0, 0, 0, 0],
                biases: [bias, 0]),
            abstention: abstention
        ).encoded()
    }

    // Finite, and what is computed of them would not be.
    @Test func refusesNumbersBeyondAllMeasure() throws {
        #expect(try refusal(made()) == nil)
        #expect(try refusal(made(weight: 3e38))?.contains("beyond 10^24") == true)
        #expect(try refusal(made(bias: -3e38))?.contains("beyond 10^24") == true)
        let changes: [(what: String, change: (inout Abstention) -> Void)] = [
            ("a precision of 2", { $0.targetPrecision = 2 }), ("a threshold of -1", { $0.confidenceThreshold = -1 }),
            ("a slope", { $0.unknown?.slope = 1e300 }), ("an intercept", { $0.unknown?.intercept = -1e300 }),
            ("a margin", { $0.unknown?.margin = 1e300 }), ("an unknown threshold", { $0.unknown?.threshold = 1.5 }),
            ("a mean", { $0.unknown?.terms.doubt.mean = 1e300 }),
            ("a weight", { $0.unknown?.terms.doubt.weight = 1e300 }),
            ("a deviation", { $0.unknown?.terms.doubt.deviation = 1e-300 }),
            ("a prototype", { $0.unknown?.prototypes[1] = 3e38 }), ("a concept", { $0.unknown?.concepts[1] = 3e38 }),
            ("a negative", { $0.unknown?.negatives[1] = 3e38 }),
        ]
        for (what, change) in changes {
            #expect(try refusal(made(change))?.contains("beyond all measure") == true, "\(what)")
        }
        // Where photos did not differ at all, the term does not count.
        #expect(try refusal(made { $0.unknown?.terms.doubt = .init(deviation: 1e-300, weight: 0) }) == nil)
    }

    // They stand in messages, and some terminals obey what they are told.
    @Test func refusesNamesThatAreNone() throws {
        for id in ["", ".x", "-x", "a/b", "ö", "../../x\u{1B}[2J", String(repeating: "x", count: 65)] {
            let message = try refusal(made(id: id))
            #expect(message?.contains("no backbone is called") == true && message?.contains("\u{1B}") == false, "\(id)")
        }
        for hash in ["", String(repeating: "AB", count: 32), "\u{1B}[2J" + String(repeating: "a", count: 60)] {
            let message = try refusal(made(hash: hash))
            #expect(message?.contains("SHA-256, is none") == true && message?.contains("\u{1B}") == false, "\(hash)")
        }
        #expect(try refusal(made(id: "x\u{1B}[2J"))?.contains(#"'x\u{1B}[2J'"#) == true)
    }

    // Reading JSON takes many times its bytes.
    @Test func refusesListsThatNoHeadHas() throws {
        let zeros = String(repeating: "0,", count: 1_000_001)
        #expect(try refusal(changed("\"fit\"", "\"more\" : [\(zeros)0], \"fit\""))?.contains("lists") == true)
    }
}
