import Foundation
import Glibc
import Domain
import Logging
import Synchronization

/// Log lines on standard error, one JSON object or one line of text each, written by a thread of its own so that a slow reader
/// of them holds nobody up. When it is too slow for long, lines are dropped and counted.
final class LogWriter: Sendable {
    private struct State {
        var lines: [String] = []
        var dropped = 0
        var isWriting = false
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "regraft.log")
    private static let maximumLines = 10_000

    func write(_ line: String) {
        let mustStart = state.withLock { state in
            guard state.lines.count < Self.maximumLines else {
                state.dropped += 1
                return false
            }
            state.lines.append(line)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if mustStart { queue.async { self.drain() } }
    }

    /// Waits until what was written before is out.
    func flush() { queue.sync { drain() } }

    private func drain() {
        while true {
            let (lines, dropped) = state.withLock { state in
                defer {
                    state.isWriting = !state.lines.isEmpty
                    (state.lines, state.dropped) = ([], 0)
                }
                return (state.lines, state.dropped)
            }
            if lines.isEmpty { return }
            var text = lines.joined(separator: "\n") + "\n"
            if dropped > 0 { text += "{\"level\":\"warning\",\"message\":\"\(dropped) log lines were dropped\"}\n" }
            Console.write(text, to: STDERR_FILENO)
        }
    }
}

/// What swift-log hands to the writer.
struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    let isJSON: Bool
    let writer: LogWriter

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let time = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        guard isJSON else {
            let details = all.map { " \($0.key)=\($0.value)" }.joined()
            // Without line breaks, which could forge a line.
            writer.write("\(time) \(event.level.rawValue) \(event.message)\(details)".printable)
            return
        }
        var fields: [String: Field] = [
            "time": .text(time), "level": .text(event.level.rawValue), "message": .text("\(event.message)"),
        ]
        for (key, value) in all { fields[key] = Field(value) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if let data = try? encoder.encode(fields) { writer.write(String(decoding: data, as: UTF8.self)) }
    }
}

/// A value as JSON has it: numbers that were given as such (`.stringConvertible`) stay numbers.
private enum Field: Encodable {
    case number(Int)
    case text(String)

    init(_ value: Logger.Metadata.Value) {
        if case .stringConvertible(let number as Int) = value {
            self = .number(number)
        } else {
            self = .text("\(value)")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        }
    }
}
