public import Metrics
import Synchronization

/// A program's metrics, and their state at any time as text that Prometheus scrapes
/// (prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4).
///
/// Counters become counters; meters, and recorders that do not aggregate, become gauges. Timers become histograms of
/// seconds. Recorders that aggregate become histograms where `buckets` has some for them, and summaries of sum and count
/// where it has not. Two instruments with the same label and dimensions, in any order, are one.
///
/// Labels and the names of dimensions are changed where Prometheus has no such names: `job.duration` to `job_duration`.
/// Where two kinds of metrics would then have one name, the later one gets its kind added: `job_duration_gauge`.
public final class PrometheusRegistry: MetricsFactory {
    /// Of what `exposition` returns, for HTTP.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// 5 ms to 10 s, in seconds.
    public static let defaultTimerBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private struct FamilyKey: Hashable {
        let name: String
        let kind: MetricKind
    }

    private struct State {
        var families: [FamilyKey: MetricFamily] = [:]
        /// Every name that a line may begin with.
        var takenNames: Set<String>
    }

    private let state: Mutex<State>
    private let help: [String: String]
    private let buckets: [String: [Double]]
    private let process: ProcessMetrics?

    /// - Parameters:
    ///   - help: sentences on metrics, by their labels.
    ///   - buckets: upper bounds of histograms, by their labels, in seconds for timers.
    ///   - includesProcess: whether memory, processor time, descriptors and start of this process are told too.
    public init(help: [String: String] = [:], buckets: [String: [Double]] = [:], includesProcess: Bool = true) {
        self.help = help
        self.buckets = buckets
        process = includesProcess ? ProcessMetrics() : nil
        state = Mutex(State(takenNames: includesProcess ? ProcessMetrics.names : []))
    }

    /// All metrics, sorted by name and labels, one line each and a final line feed.
    public func exposition() -> String {
        // Values are read outside the lock, each under its own: nobody who records or adds waits for all of it.
        var blocks = state.withLock { state in state.families.values.map { ($0.name, $0.header, $0.sortedSeries) } }
            .map { name, header, series in
                (name, header + series.map { labels, instrument in instrument.lines(name, labels) }.joined())
            }
        if let process { blocks += process.blocks() }
        return blocks.sorted { $0.0 < $1.0 }.map(\.1).joined()
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        instrument(.counter, label, dimensions) { CounterInstrument() }
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        instrument(.counter, label, dimensions) { CounterInstrument() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        instrument(.gauge, label, dimensions) { GaugeInstrument() }
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return instrument(.gauge, label, dimensions) { GaugeInstrument() } }
        let bounds = buckets[label]
        return instrument(bounds == nil ? .summary : .histogram, label, dimensions) {
            DistributionInstrument(bounds: bounds)
        }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        instrument(.histogram, label, dimensions) {
            DistributionInstrument(bounds: buckets[label] ?? Self.defaultTimerBuckets)
        }
    }

    // What is destroyed is told no more, whoever else holds it.
    public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    /// The one there is, or a new one.
    private func instrument<Made: Instrument>(
        _ kind: MetricKind, _ label: String, _ dimensions: [(String, String)], make: () -> Made
    ) -> Made {
        let key = FamilyKey(name: ExpositionText.metricName(label), kind: kind)
        let labels = ExpositionText.labels(dimensions, reserved: kind.reservedLabel)
        return state.withLock { state in
            if state.families[key] == nil {
                var name = key.name
                while kind.suffixes.contains(where: { state.takenNames.contains(name + $0) }) { name += "_\(kind)" }
                state.takenNames.formUnion(kind.suffixes.map { name + $0 })
                state.families[key] = MetricFamily(
                    name: name, kind: kind, help: help[label] ?? "Recorded by the program as \(label).")
            }
            // One kind has one type of instrument.
            if let known = state.families[key]?.series[labels] as? Made { return known }
            let made = make()
            state.families[key]?.series[labels] = made
            return made
        }
    }

    private func remove(_ handler: AnyObject) {
        state.withLock { state in
            for key in state.families.keys {
                guard let labels = state.families[key]?.series.first(where: { $0.value === handler })?.key else {
                    continue
                }
                state.families[key]?.series[labels] = nil
            }
        }
    }
}
