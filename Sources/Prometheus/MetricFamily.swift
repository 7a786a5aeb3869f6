/// All series of one name.
struct MetricFamily {
    let name: String
    let kind: MetricKind
    let help: String
    /// By their labels as they are written.
    var series: [String: any Instrument] = [:]

    /// Empty where nothing follows.
    var header: String { series.isEmpty ? "" : ExpositionText.header(name, kind, help) }

    var sortedSeries: [(labels: String, instrument: any Instrument)] {
        series.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

/// Prometheus' types of metrics; the names are those of its format.
enum MetricKind: String, CustomStringConvertible {
    case counter, gauge, histogram, summary

    var description: String { rawValue }

    /// What is added to the name in lines of this kind.
    var suffixes: [String] {
        switch self {
        case .counter, .gauge: [""]
        case .histogram: ["", "_bucket", "_sum", "_count"]
        case .summary: ["", "_sum", "_count"]
        }
    }

    /// A label with a meaning of its own.
    var reservedLabel: String? {
        switch self {
        case .counter, .gauge: nil
        case .histogram: "le"
        case .summary: "quantile"
        }
    }
}
