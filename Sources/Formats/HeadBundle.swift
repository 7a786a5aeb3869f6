import Crypto
public import Domain
public import Foundation

/// A retrained model as one file: the head, its labels, and which backbone it belongs on. JSON, so that it can be read
/// by eye and by anything; the numbers are base64 of 32-bit little-endian floats, so that they are exact.
public struct HeadBundle: Sendable, Equatable {
    public let backboneID: String
    /// SHA-256 of the backbone's file, 64 hexadecimal digits.
    public let backboneHash: String
    public let fit: FitMode
    /// How a photo becomes the backbone's input and its output a bottleneck, in words: a head is of use only where that is
    /// still done in the same way.
    public let preprocessing: String
    public let head: Head
    /// When the model says that it does not know; nil where it always answers.
    public let abstention: Abstention?

    public init(
        backboneID: String, backboneHash: String, fit: FitMode, preprocessing: String, head: Head,
        abstention: Abstention? = nil
    ) {
        self.backboneID = backboneID
        self.backboneHash = backboneHash
        self.fit = fit
        self.preprocessing = preprocessing
        self.head = head
        self.abstention = abstention
    }

    private static let format = "regraft-bundle"
    private static let version = 3
    /// Beyond, scores, which are sums of thousands of features times weights, could leave the range of 32-bit floats, and answers
    /// would be no numbers. Weights of good heads stay below a thousand, and a training is given up beyond 10^18.
    static let largestNumber: Float = 1e24
    /// Reading JSON takes some thirty times the bytes of a list, and a head's numbers are no lists: only its labels are, and these
    /// may have commas of their own.
    private static let mostCommas = 1_000_000

    private struct Header: Decodable {
        var format: String
        var version: Int
    }

    private struct File: Codable {
        var format: String
        var version: Int
        var backbone: Backbone
        var fit: FitMode
        var preprocessing: String
        var labels: [String]
        var transform: FeatureTransform
        var featureCount: Int
        var weights: Data
        var biases: Data
        var abstention: StoredAbstention?
        /// Of all the values above, so that no changed bit goes unnoticed.
        var sha256: String

        /// Texts as UTF-8, each with its length before it, then the numbers: independent of how JSON is written.
        var digest: String {
            var hash = SHA256()
            let texts =
                [
                    format, "\(version)", backbone.id, backbone.sha256, fit.rawValue, preprocessing,
                    transform.rawValue, "\(featureCount)",
                ]
                + labels
            for text in texts { hash.update(data: Data("\(text.utf8.count) \(text)".utf8)) }
            hash.update(data: weights)
            hash.update(data: biases)
            abstention?.update(&hash)
            return hash.finalize().hexadecimal
        }

        struct Backbone: Codable {
            var id: String
            var sha256: String
        }
    }

    /// The file's bytes; the same bundle always gives the same.
    public func encoded() throws -> Data {
        var file = File(
            format: Self.format, version: Self.version, backbone: .init(id: backboneID, sha256: backboneHash), fit: fit,
            preprocessing: preprocessing, labels: head.labels, transform: head.transform,
            featureCount: head.featureCount,
            weights: head.weights.littleEndianBytes, biases: head.biases.littleEndianBytes,
            abstention: abstention.map(StoredAbstention.init), sha256: "")
        file.sha256 = file.digest
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(file)
    }

    /// - Throws: `RegraftError` for what is no bundle, is cut off, or has been changed.
    public init(decoding data: Data) throws {
        func refuse(_ what: String) -> RegraftError {
            RegraftError("invalid_bundle", "This is not a usable Regraft bundle: \(what).")
        }
        guard data.count(where: { $0 == UInt8(ascii: ",") }) <= Self.mostCommas else {
            throw refuse("it holds lists that no head has")
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let header = try? decoder.decode(Header.self, from: data), header.format == Self.format else {
            throw refuse("it is cut off, damaged or of another kind")
        }
        guard header.version == Self.version else {
            throw refuse(
                "its version is \(header.version) and this Regraft reads version \(Self.version); retrain it")
        }
        guard let file = try? decoder.decode(File.self, from: data) else { throw refuse("it is damaged") }
        let (weights, biases) = ([Float](littleEndianBytes: file.weights), [Float](littleEndianBytes: file.biases))
        let (expected, overflow) = file.labels.count.multipliedReportingOverflow(by: file.featureCount)
        guard !overflow, file.featureCount > 0, file.labels.count >= 2, weights.count == expected,
            biases.count == file.labels.count, weights.allSatisfy(\.isFinite), biases.allSatisfy(\.isFinite)
        else { throw refuse("its numbers do not fit its labels") }
        guard weights.allSatisfy(Self.isUsable), biases.allSatisfy(Self.isUsable) else {
            throw refuse("it has weights beyond 10^24, with which its answers would be no numbers")
        }
        let abstention = file.abstention?.value
        if let abstention, !abstention.fits(labels: file.labels.count, features: file.featureCount) {
            throw refuse("the numbers by which it does not answer do not fit its labels, or are beyond all measure")
        }
        guard file.digest == file.sha256 else {
            throw refuse("its content does not match its checksum, so it has been changed or damaged")
        }
        // They come from outside, and stand in messages.
        guard BackboneID.isValid(file.backbone.id) else {
            throw refuse("no backbone is called '\(file.backbone.id.prefix(80).description.printable)'")
        }
        guard Self.isHash(file.backbone.sha256) else {
            throw refuse(
                "'\(file.backbone.sha256.prefix(80).description.printable)', which should be its backbone's SHA-256, is none"
            )
        }
        self.init(
            backboneID: file.backbone.id, backboneHash: file.backbone.sha256, fit: file.fit,
            preprocessing: file.preprocessing,
            head: Head(
                labels: file.labels, transform: file.transform, featureCount: file.featureCount, weights: weights,
                biases: biases), abstention: abstention)
    }
    static func isUsable(_ number: Float) -> Bool { abs(number) <= largestNumber }

    private static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
