import Foundation
import HTTPTypes

/// A line for each exchange, of JSON or of words. Every value is escaped, so that nothing a client sends can begin a second line.
public struct AccessLog: ExchangeObserver {
    private let quietRoutes: Set<String>
    private let isJSON: Bool
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - quietRoutes: those whose answers have no line while all is well, as of probes that come every few seconds.
    ///   - isJSON: whether a line is a JSON object, or words.
    ///   - write: takes a line without its end. Called on connections' loops, so it must not block.
    public init(quietRoutes: Set<String> = [], isJSON: Bool = true, _ write: @escaping @Sendable (String) -> Void) {
        self.quietRoutes = quietRoutes
        self.isJSON = isJSON
        self.write = write
    }

    public func finished(_ exchange: Exchange) {
        if exchange.status < 400, exchange.failure == nil, let route = exchange.route, quietRoutes.contains(route) {
            return
        }
        let time = Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        // The server's own failures are what whoever reads only warnings must see.
        let level = exchange.status >= 500 ? "warning" : "info"
        let fields = Self.fields(exchange)
        if isJSON {
            let rest = fields.map { ",\"\($0)\":\($1.json)" }.joined()
            write("{\"time\":\"\(time)\",\"level\":\"\(level)\",\"message\":\"request\"\(rest)}")
        } else {
            write("\(time) \(level) request" + fields.map { " \($0)=\($1.words)" }.joined())
        }
    }

    private static func fields(_ exchange: Exchange) -> [(String, Value)] {
        let milliseconds = ((exchange.duration / .milliseconds(1)) * 1000).rounded() / 1000
        let fields: [(String, Value?)] = [
            ("id", .text(exchange.id)), ("client", .text(exchange.client)),
            ("method", .text(exchange.method)), ("path", .text(exchange.path)),
            ("route", exchange.route.map(Value.text)), ("status", .number("\(exchange.status)")),
            ("received", .number("\(exchange.bytesReceived)")), ("sent", .number("\(exchange.bytesSent)")),
            ("ms", .number("\(milliseconds)")), ("agent", exchange.userAgent.map(Value.text)),
            ("error", exchange.failure.map(Value.text)),
        ]
        return fields.compactMap { name, value in value.map { (name, $0) } }
    }

    private enum Value {
        case number(String)
        case text(String)

        var json: String {
            switch self {
            case .number(let text): text
            case .text(let text): "\"\(text.jsonEscaped)\""
            }
        }

        /// Quoted only where it would not be seen where it ends.
        var words: String {
            guard case .text(let text) = self else { return json }
            let isPlain =
                !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
            return isPlain ? text : json
        }
    }
}

extension String {
    /// As the inside of a JSON string (RFC 8259, 7), without any control character, also of Unicode's (C1, and the line and
    /// paragraph separators, which some readers take for line ends).
    var jsonEscaped: String {
        var escaped = ""
        escaped.reserveCapacity(utf8.count)
        for scalar in unicodeScalars {
            switch scalar.value {
            case 0x22: escaped += "\\\""
            case 0x5C: escaped += "\\\\"
            case ..<0x20, 0x7F...0x9F, 0x2028, 0x2029:
                let digits = String(scalar.value, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
