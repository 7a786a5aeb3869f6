public import Metrics
import Synchronization

/// Counts requests and how long they take, by method, route and status class, in whatever metrics system the program has
/// chosen (swift-metrics): `http_requests_total`, `http_request_duration_seconds`, `http_received_bytes_total` and
/// `http_sent_bytes_total`. What no route has answered is counted under the route "none", or a scanner would make a metric
/// of every path it tries.
public final class MetricsObserver: ExchangeObserver {
    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct Instruments {
        let requests: Counter
        let duration: Timer
        let received: Counter
        let sent: Counter
    }

    private let factory: any MetricsFactory
    private let instruments = Mutex<[Key: Instruments]>([:])
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    public init(factory: any MetricsFactory = MetricsSystem.factory) { self.factory = factory }

    public func finished(_ exchange: Exchange) {
        let key = Key(
            method: Self.methods.contains(exchange.method) ? exchange.method : "other",
            route: exchange.route ?? "none", status: exchange.status)
        let found = instruments.withLock { known in
            if let found = known[key] { return found }
            let made = make(key)
            known[key] = made
            return made
        }
        found.requests.increment()
        found.duration.recordNanoseconds(Int64(exchange.duration / .nanoseconds(1)))
        found.received.increment(by: exchange.bytesReceived)
        found.sent.increment(by: exchange.bytesSent)
    }

    private func make(_ key: Key) -> Instruments {
        let dimensions = [("method", key.method), ("route", key.route), ("status", "\(key.status)")]
        return Instruments(
            requests: Counter(label: "http_requests_total", dimensions: dimensions, factory: factory),
            duration: Timer(label: "http_request_duration_seconds", dimensions: dimensions, factory: factory),
            received: Counter(label: "http_received_bytes_total", dimensions: dimensions, factory: factory),
            sent: Counter(label: "http_sent_bytes_total", dimensions: dimensions, factory: factory))
    }
}
