import Foundation
import HTTP
import Inference

/// The one tensor that a model is given: pictures as files, or as pixels.
enum InferenceInput: Sendable {
    /// Input `image`, BYTES `[n]` or `[n, 1]`: picture files of any format that is read, prepared as for training. In JSON they
    /// are base64, which the model's metadata says by MLServer's parameter `content_type`; behind it (binary tensor data) they
    /// are as they are, unless that parameter says base64 here too.
    case pictures([Data])
    /// Input `pixels`, FP32 `[n, height, width, 3]`: red, green and blue from 0 to 255 (sRGB), cropped and sized as the backbone
    /// takes them. They are rounded to whole numbers, as those of a picture's file are; the backbone's own mean and deviation are
    /// applied here.
    case pixels([[UInt8]])

    static let imageName = "image"
    static let pixelsName = "pixels"

    /// - Parameters:
    ///   - size: of the backbone's input.
    ///   - limit: of pictures.
    /// - Throws: `Problem` (400, 413).
    init(_ request: InferenceRequest, size: BackboneDescriptor.Input, limit: Int) throws(Problem) {
        guard let input = request.inputs.first, request.inputs.count == 1 else {
            throw Problem(
                .badRequest,
                "A model takes one input, '\(Self.imageName)' or '\(Self.pixelsName)'; there are \(request.inputs.count)."
            )
        }
        let count = input.shape.first ?? 0
        guard count <= limit else {
            throw Problem(.contentTooLarge, "There are \(count) pictures; at most \(limit) a request are taken.")
        }
        switch input.name {
        case Self.imageName:
            try input.require("BYTES", count < 1 ? [] : [[count], [count, 1]], "[n] or [n, 1]")
            self = .pictures(try Self.pictures(input, count, request.parameters ?? [:]))
        case Self.pixelsName:
            let shape = [size.height, size.width, 3]
            try input.require("FP32", count < 1 ? [] : [[count] + shape], "\(["n"] + shape.map(String.init))")
            self = .pixels(try Self.pixels(input, count, shape.reduce(1, *)))
        default:
            throw Problem(
                .badRequest,
                "There is no input '\(input.name.prefix(100))'; a model takes '\(Self.imageName)' or '\(Self.pixelsName)'."
            )
        }
    }

    private static func pictures(
        _ input: InferenceRequest.Input, _ count: Int, _ parameters: [String: JSONValue]
    ) throws(Problem) -> [Data] {
        let contentType = input.parameters["content_type"] ?? parameters["content_type"]
        guard contentType == nil || contentType == .string("base64") else {
            throw Problem(.badRequest, "The content_type of '\(imageName)' can only be base64.")
        }
        let elements: [Data]
        switch input.content {
        case .strings(let strings): elements = strings.map { Data($0.utf8) }
        case .binary(let data): elements = try split(data)
        case .floats: elements = []
        }
        try input.require(elements.count, count)
        if case .binary = input.content, contentType == nil { return elements }
        var pictures: [Data] = []
        for (index, element) in elements.enumerated() {
            guard let picture = Base64.decode(element) else {
                throw Problem(
                    .badRequest, type: "urn:regraft:problem:invalid-base64",
                    "Element \(index) of '\(imageName)' is no base64.")
            }
            pictures.append(picture)
        }
        return pictures
    }

    /// Elements of a BYTES tensor: each behind its length, four bytes, little-endian.
    private static func split(_ data: Data) throws(Problem) -> [Data] {
        var (elements, rest): ([Data], Data) = ([], data)
        while !rest.isEmpty {
            let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= 4, rest.count - 4 >= length else {
                throw Problem(.badRequest, "The binary data of '\(imageName)' ends within an element.")
            }
            elements.append(Data(rest.dropFirst(4).prefix(length)))
            rest = rest.dropFirst(4 + length)
        }
        return elements
    }

    private static func pixels(
        _ input: InferenceRequest.Input, _ count: Int, _ pictureSize: Int
    ) throws(Problem) -> [[UInt8]] {
        let values: [Float]
        switch input.content {
        case .floats(let floats): values = floats
        case .binary(let data):
            guard data.count % 4 == 0 else {
                throw Problem(.badRequest, "The binary data of '\(pixelsName)' ends within a number.")
            }
            values = data.withUnsafeBytes { bytes in
                stride(from: 0, to: bytes.count, by: 4).map {
                    Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
                }
            }
        case .strings: values = []
        }
        try input.require(values.count, count * pictureSize)
        if let wrong = values.firstIndex(where: { !(0...255).contains($0) }) {
            throw Problem(
                .badRequest, "Value \(wrong) of '\(pixelsName)' is \(values[wrong]); pixels are from 0 to 255.")
        }
        return (0..<count).map { picture in
            values[picture * pictureSize..<(picture + 1) * pictureSize].map { UInt8($0.rounded()) }
        }
    }
}

extension InferenceRequest.Input {
    fileprivate func require(_ type: String, _ shapes: [[Int]], _ expected: String) throws(Problem) {
        guard datatype == type, shapes.contains(shape) else {
            throw Problem(
                .badRequest,
                "The input '\(name)' must be \(type) \(expected.replacing("\"", with: "")); it is \(datatype.prefix(20)) "
                    + "\(shape.prefix(8)).")
        }
    }

    fileprivate func require(_ count: Int, _ expected: Int) throws(Problem) {
        guard count == expected else {
            throw Problem(
                .badRequest, "The input '\(name)' has \(count) elements; by its shape there are \(expected).")
        }
    }
}
