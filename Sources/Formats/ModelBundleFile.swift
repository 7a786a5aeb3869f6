import Crypto
import Domain
import Foundation

/// Named sections as one file, in which no changed, missing or added byte goes unnoticed. `docs/bundle.md` describes it.
///
/// ```
///  0   8  89 52 47 52 41 46 54 0A
///  8   4  version
/// 12   4  number of sections, n
/// 16   8  bytes of the whole file
/// 24 64n  of each section: its name (24 bytes, ASCII, then zeros), its length (8), its SHA-256 (32)
///         the sections, one behind the other
///     32  SHA-256 of all before
/// ```
/// Numbers are unsigned and little-endian. Of a file of any version the first 24 bytes and the last 32 mean the same, so that
/// one that is whole and too new is not taken for a damaged one.
struct ModelBundleFile: Equatable {
    struct Section: Equatable {
        let name: String
        let content: Data
    }

    /// In the order of the file.
    let sections: [Section]

    /// The first byte is no text's, and the last one is changed by whatever changes line ends.
    static let magic: [UInt8] = [0x89] + Array("RGRAFT\n".utf8)
    private static let version: UInt32 = 1
    private static let headLength = 24
    private static let nameLength = 24
    private static let entryLength = 64
    private static let digestLength = 32
    static let sectionLimit = 64

    /// What a file is refused for; the words go on from "it".
    struct Damage: Error {
        let what: String
    }

    init(_ sections: [Section]) {
        precondition((1...Self.sectionLimit).contains(sections.count), "a bundle has 1 to 64 sections")
        precondition(Set(sections.map(\.name)).count == sections.count, "each section has a name of its own")
        precondition(sections.allSatisfy { Self.isName($0.name.utf8) }, "a name has 1 to 24 of a-z 0-9 -")
        self.sections = sections
    }

    subscript(name: String) -> Data? { sections.first { $0.name == name }?.content }

    /// The same sections always give the same bytes.
    var encoded: Data {
        let table = sections.count * Self.entryLength
        let length = Self.headLength + table + sections.reduce(0) { $0 + $1.content.count } + Self.digestLength
        var file = Data(capacity: length)
        file.append(contentsOf: Self.magic)
        file.append(Self.version)
        file.append(UInt32(sections.count))
        file.append(UInt64(length))
        for section in sections {
            file.append(contentsOf: section.name.utf8)
            file.append(contentsOf: repeatElement(0, count: Self.nameLength - section.name.utf8.count))
            file.append(UInt64(section.content.count))
            file.append(contentsOf: SHA256.hash(data: section.content))
        }
        for section in sections { file.append(section.content) }
        file.append(contentsOf: SHA256.hash(data: file))
        return file
    }

    /// Takes nothing from the file for granted: each number is looked at before anything is read, or memory taken, by it.
    init(decoding data: Data) throws(Damage) {
        try Self.checkWhole(data)
        let bytes = ByteReader(data)
        let version: UInt32 = bytes.number(at: 8)
        guard version == Self.version else {
            throw Damage(
                what: version > Self.version
                    ? "it was written by a newer Regraft: its version is \(version) and this Regraft reads version "
                        + "\(Self.version). Update this one, or export the model from a server that is as old"
                    : "its version is \(version), which there never was")
        }
        let count = Int(bytes.number(at: 12) as UInt32)
        let end = data.count - Self.digestLength
        guard (1...Self.sectionLimit).contains(count), Self.headLength + count * Self.entryLength <= end else {
            throw Damage(what: "its table of \(count) sections does not fit into it")
        }
        var place = Self.headLength + count * Self.entryLength
        var sections: [Section] = []
        for index in 0..<count {
            let entry = Self.headLength + index * Self.entryLength
            let name = try Self.name(bytes.slice(entry, Self.nameLength))
            let length: UInt64 = bytes.number(at: entry + Self.nameLength)
            guard length <= UInt64(end - place) else {
                throw Damage(what: "its section '\(name)' is said to go on beyond the file's end")
            }
            guard !sections.contains(where: { $0.name == name }) else {
                throw Damage(what: "it has two sections '\(name)'")
            }
            let content = Data(bytes.slice(place, Int(length)))
            guard bytes.slice(entry + Self.nameLength + 8, Self.digestLength).elementsEqual(SHA256.hash(data: content))
            else { throw Damage(what: "its section '\(name)' does not match its checksum") }
            sections.append(Section(name: name, content: content))
            place += Int(length)
        }
        guard place == end else { throw Damage(what: "it holds \(end - place) bytes that are of no section") }
        self.sections = sections
    }

    /// Whether it is such a file at all, all of it, and as it was written.
    private static func checkWhole(_ data: Data) throws(Damage) {
        guard !data.isEmpty else { throw Damage(what: "it is empty") }
        let start = data.prefix(magic.count)
        guard magic.starts(with: start) else {
            throw Damage(
                what:
                    "it does not begin as one does. A bundle is what `GET …/export?format=bundle` of a server gives, and what "
                    + "`regraft retrain` writes to an --output_graph that ends in .regraft")
        }
        guard data.count >= headLength + digestLength else {
            throw Damage(what: "it is cut off: only \(data.count) bytes are there")
        }
        let bytes = ByteReader(data)
        let length: UInt64 = bytes.number(at: 16)
        guard length <= UInt64(data.count) else {
            throw Damage(what: "it is cut off: \(data.count) of its \(length) bytes are there")
        }
        guard length == UInt64(data.count) else {
            throw Damage(what: "something follows its end: it should have \(length) bytes and has \(data.count)")
        }
        let end = data.count - digestLength
        guard bytes.slice(end, digestLength).elementsEqual(SHA256.hash(data: bytes.slice(0, end))) else {
            throw Damage(what: "it does not match its checksum, so it has been changed or damaged")
        }
    }

    private static func name(_ field: Data) throws(Damage) -> String {
        let text = field.prefix { $0 != 0 }
        guard isName(text), field.dropFirst(text.count).allSatisfy({ $0 == 0 }) else {
            throw Damage(what: "a section in it has no name")
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func isName(_ bytes: some Collection<UInt8>) -> Bool {
        (1...nameLength).contains(bytes.count)
            && bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }
}

/// Places count from the first byte, also where the data is a part of other data. Whoever reads has looked whether they are there.
private struct ByteReader {
    private let data: Data

    init(_ data: Data) { self.data = data }

    func slice(_ place: Int, _ count: Int) -> Data {
        let start = data.startIndex + place
        return data[start..<start + count]
    }

    func number<Number: FixedWidthInteger & UnsignedInteger>(at place: Int) -> Number {
        slice(place, MemoryLayout<Number>.size).reversed().reduce(0) { $0 << 8 | Number($1) }
    }
}

extension Data {
    fileprivate mutating func append<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}
