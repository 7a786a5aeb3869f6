public import Foundation

/// An event of a file that TensorBoard reads, by the field numbers of its messages.
public struct LoggedEvent: Sendable {
    public private(set) var wallTime = 0.0
    public private(set) var step = 0
    public private(set) var version: String?
    public private(set) var isSessionStart = false
    public private(set) var graph: Data?
    public private(set) var scalars: [String: Float] = [:]
    /// How many numbers each is of.
    public private(set) var histograms: [String: Double] = [:]
    /// Files.
    public private(set) var images: [String: Data] = [:]
    /// What plugins are told.
    public private(set) var contents: [String: Data] = [:]

    /// Of the one file of events in a folder.
    public static func all(in folder: URL) throws -> [LoggedEvent] {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasPrefix("events.out.tfevents.") }
        guard files.count == 1 else { throw CocoaError(.fileReadUnknown) }
        var rest = try Data(contentsOf: folder.appendingPathComponent(files[0]))[...]
        var events: [LoggedEvent] = []
        while rest.count >= 16 {
            let count = Int(rest.prefix(8).reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) })
            guard rest.count >= count + 16 else { throw CocoaError(.fileReadCorruptFile) }
            events.append(LoggedEvent(Data(rest.dropFirst(12).prefix(count))))
            rest = rest.dropFirst(count + 16)
        }
        guard rest.isEmpty else { throw CocoaError(.fileReadCorruptFile) }
        return events
    }

    private init(_ bytes: Data) {
        let event = Message(bytes)
        wallTime = event.double(1)
        step = event.integer(2)
        version = event.bytes(3).map { String(decoding: $0, as: UTF8.self) }
        graph = event.bytes(4)
        isSessionStart = event.message(7)?.integer(1) == 1
        for value in event.message(5)?.messages(1) ?? [] {
            let tag = String(decoding: value.bytes(1) ?? Data(), as: UTF8.self)
            if let number = value.float(2) { scalars[tag] = number }
            if let histogram = value.message(5) { histograms[tag] = histogram.double(3) }
            if let image = value.message(4)?.bytes(4) { images[tag] = image }
            if let content = value.message(9)?.message(1)?.bytes(2), !content.isEmpty { contents[tag] = content }
        }
    }
}

/// A Protocol Buffers message, taken apart.
private struct Message {
    private enum Value {
        case integer(UInt64)
        case bytes(Data)
    }

    private var fields: [(number: Int, value: Value)] = []

    init(_ data: Data) {
        var rest = data[...]
        func varint() -> UInt64 {
            var (value, shift): (UInt64, UInt64) = (0, 0)
            while let byte = rest.popFirst() {
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { break }
                shift += 7
            }
            return value
        }
        func fixed(_ count: Int) -> UInt64 {
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        while !rest.isEmpty {
            let key = Int(varint())
            switch key & 7 {
            case 0: fields.append((key >> 3, .integer(varint())))
            case 1: fields.append((key >> 3, .integer(fixed(8))))
            case 5: fields.append((key >> 3, .integer(fixed(4))))
            default:
                let count = Int(varint())
                fields.append((key >> 3, .bytes(Data(rest.prefix(count)))))
                rest = rest.dropFirst(count)
            }
        }
    }

    private func number(_ field: Int) -> UInt64? {
        for case (field, .integer(let value)) in fields { return value }
        return nil
    }

    func integer(_ field: Int) -> Int { Int(bitPattern: UInt(number(field) ?? 0)) }
    func double(_ field: Int) -> Double { Double(bitPattern: number(field) ?? 0) }
    func float(_ field: Int) -> Float? { number(field).map { Float(bitPattern: UInt32($0)) } }
    func bytes(_ field: Int) -> Data? {
        for case (field, .bytes(let value)) in fields { return value }
        return nil
    }
    func message(_ field: Int) -> Message? { bytes(field).map(Message.init) }
    func messages(_ field: Int) -> [Message] {
        fields.compactMap { candidate in
            guard case (field, .bytes(let value)) = candidate else { return nil }
            return Message(value)
        }
    }
}
