import Foundation
import HTTPTypes

/// One line of JSON for each exchange. Every value is escaped, so that nothing a client sends can begin a second line.
public struct AccessLog: ExchangeObserver {
    private let quietRoutes: Set<String>
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - quietRoutes: those whose answers have no line while all is well, as of probes that come every few seconds.
    ///   - write: takes a line without its end. Called on connections' loops, so it must not block.
    public init(quietRoutes: Set<String> = [], _ write: @escaping @Sendable (String) -> Void) {
        self.quietRoutes = quietRoutes
        self.write = write
    }

    public func finished(_ exchange: Exchange) {
        if exchange.status < 400, exchange.failure == nil, let route = exchange.route, quietRoutes.contains(route) {
            return
        }
        let milliseconds = exchange.duration / .milliseconds(1)
        var line = "{\"time\":\"\(Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))\""
        func add(_ name: String, _ value: String?) {
            guard let value else { return }
            line += ",\"\(name)\":\"\(value.jsonEscaped)\""
        }
        add("id", exchange.id)
        add("client", exchange.client)
        add("method", exchange.method)
        add("path", exchange.path)
        add("route", exchange.route)
        line += ",\"status\":\(exchange.status),\"received\":\(exchange.bytesReceived),\"sent\":\(exchange.bytesSent)"
        line += ",\"ms\":\((milliseconds * 1000).rounded() / 1000)"
        add("agent", exchange.userAgent)
        add("error", exchange.failure)
        write(line + "}")
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
