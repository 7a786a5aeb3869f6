import Domain
package import Foundation

extension BackboneDescriptor {
    /// Reads and checks a descriptor.
    /// - Parameter name: what the error calls it.
    /// - Throws: `RegraftError` naming the field that is missing, unknown or out of range.
    package static func read(_ json: Data, named name: String) throws -> BackboneDescriptor {
        func refuse(_ what: String) -> RegraftError {
            RegraftError("invalid_descriptor", "The backbone descriptor \(name) is not valid: \(what).")
        }
        do {
            return try JSONDecoder().decode(BackboneDescriptor.self, from: json)
        } catch let problem as DescriptorProblem {
            throw refuse(problem.what)
        } catch let DecodingError.keyNotFound(key, context) {
            throw refuse("the field '\(path(context.codingPath + [key]))' is missing")
        } catch let DecodingError.typeMismatch(_, context) {
            throw refuse("the field '\(path(context.codingPath))' has the wrong type")
        } catch let DecodingError.valueNotFound(_, context) {
            throw refuse("the field '\(path(context.codingPath))' is null")
        } catch let DecodingError.dataCorrupted(context) where !context.codingPath.isEmpty {
            throw refuse("the field '\(path(context.codingPath))': \(context.debugDescription)")
        } catch {
            throw refuse("it is not JSON")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String { keys.map(\.stringValue).joined(separator: ".") }
}

/// A field whose value is of the right type but means nothing.
private struct DescriptorProblem: Error {
    let what: String
}

private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// A misspelt field would otherwise be passed over in silence, and its default used.
private func refuseUnknownKeys<Key: CodingKey & CaseIterable>(_ decoder: any Decoder, _: Key.Type) throws {
    let known = Set(Key.allCases.map(\.stringValue))
    let found = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
    if let unknown = found.sorted().first(where: { !known.contains($0) }) {
        let path = (decoder.codingPath.map(\.stringValue) + [unknown]).joined(separator: ".")
        throw DescriptorProblem(
            what: "there is no field '\(path)'; known are \(known.sorted().joined(separator: ", "))")
    }
}

extension KeyedDecodingContainer {
    /// By way of `Double`: `JSONDecoder` does not say which field holds a fraction where an `Int` is asked for.
    fileprivate func decodeWhole(_ key: Key) throws -> Int {
        guard let whole = Int(exactly: try decode(Double.self, forKey: key)) else {
            let path = (codingPath + [key]).map(\.stringValue).joined(separator: ".")
            throw DescriptorProblem(what: "'\(path)' must be a whole number")
        }
        return whole
    }
}

extension BackboneDescriptor: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case id, title, file, sha256, license, source, input, outputs, classifier, labels
        case featureCount = "feature_count"
        case publishedTop1 = "published_top1"
    }

    public init(from decoder: any Decoder) throws {
        try refuseUnknownKeys(decoder, Key.self)
        let fields = try decoder.container(keyedBy: Key.self)
        id = try fields.decode(String.self, forKey: .id)
        title = try fields.decodeIfPresent(String.self, forKey: .title) ?? id
        file = try fields.decode(String.self, forKey: .file)
        sha256 = try fields.decodeIfPresent(String.self, forKey: .sha256)?.lowercased()
        license = try fields.decodeIfPresent(String.self, forKey: .license)
        source = try fields.decodeIfPresent(String.self, forKey: .source)
        input = try fields.decode(Input.self, forKey: .input)
        outputs = try fields.decode(Outputs.self, forKey: .outputs)
        featureCount = try fields.decodeWhole(.featureCount)
        classifier = try fields.decodeIfPresent(Classifier.self, forKey: .classifier)
        labels = try fields.decodeIfPresent(String.self, forKey: .labels)
        publishedTop1 = try fields.decodeIfPresent(Double.self, forKey: .publishedTop1)

        guard BackboneID.isValid(id) else { throw DescriptorProblem(what: "'id' must be \(BackboneID.rule)") }
        guard !file.isEmpty else { throw DescriptorProblem(what: "'file' is empty") }
        if let sha256, sha256.count != 64 || !sha256.allSatisfy(\.isHexDigit) {
            throw DescriptorProblem(what: "'sha256' must be 64 hexadecimal digits or null")
        }
        guard (1...65_536).contains(featureCount) else {
            throw DescriptorProblem(what: "'feature_count' must be 1 to 65536")
        }
        guard classifier == nil || sha256 != nil else {
            throw DescriptorProblem(what: "'classifier' names bytes of the file, so it needs 'sha256'")
        }
    }
}

extension BackboneDescriptor.Input: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case tensor, width, height, layout, channels, mean, std
        case cropFraction = "crop_fraction"
    }

    public init(from decoder: any Decoder) throws {
        try refuseUnknownKeys(decoder, Key.self)
        let fields = try decoder.container(keyedBy: Key.self)
        tensor = try fields.decode(String.self, forKey: .tensor)
        width = try fields.decodeWhole(.width)
        height = try fields.decodeWhole(.height)
        layout = try fields.decode(BackboneDescriptor.Layout.self, forKey: .layout)
        channels = try fields.decodeIfPresent(BackboneDescriptor.Channels.self, forKey: .channels) ?? .rgb
        mean = try fields.decode([Float].self, forKey: .mean)
        std = try fields.decode([Float].self, forKey: .std)
        cropFraction = try fields.decodeIfPresent(Double.self, forKey: .cropFraction) ?? 1
        guard (8...4096).contains(width), (8...4096).contains(height) else {
            throw DescriptorProblem(what: "'input.width' and 'input.height' must be 8 to 4096")
        }
        guard mean.count == 3, std.count == 3, std.allSatisfy({ $0 > 0 }) else {
            throw DescriptorProblem(what: "'input.mean' and 'input.std' must be three numbers each, 'std' above 0")
        }
        guard cropFraction > 0, cropFraction <= 1 else {
            throw DescriptorProblem(what: "'input.crop_fraction' must be above 0 and at most 1")
        }
    }
}

extension BackboneDescriptor.Classifier: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case classes
        case weightsOffset = "weights_at"
        case biasesOffset = "biases_at"
    }

    public init(from decoder: any Decoder) throws {
        try refuseUnknownKeys(decoder, Key.self)
        let fields = try decoder.container(keyedBy: Key.self)
        classes = try fields.decodeWhole(.classes)
        weightsOffset = try fields.decodeWhole(.weightsOffset)
        biasesOffset = try fields.decodeWhole(.biasesOffset)
        guard (2...1_000_000).contains(classes), weightsOffset >= 0, biasesOffset >= 0 else {
            throw DescriptorProblem(
                what: "'classifier.classes' must be 2 to 1000000, 'weights_at' and 'biases_at' 0 or more")
        }
    }
}

extension BackboneDescriptor.Outputs: Decodable {
    private enum Key: String, CodingKey, CaseIterable {
        case features, logits
        case featureMap = "feature_map"
    }

    public init(from decoder: any Decoder) throws {
        try refuseUnknownKeys(decoder, Key.self)
        let fields = try decoder.container(keyedBy: Key.self)
        features = try fields.decode(String.self, forKey: .features)
        featureMap = try fields.decodeIfPresent(String.self, forKey: .featureMap)
        logits = try fields.decodeIfPresent(String.self, forKey: .logits)
    }
}
