import Metrics
import Synchronization

/// Sum and count of values, and how many are at most each bound: a histogram, or without bounds a summary.
final class DistributionInstrument: Instrument, TimerHandler, RecorderHandler {
    /// Ascending, without infinity.
    private let bounds: [Double]
    private let isHistogram: Bool

    private struct State {
        /// `[bounds + 1]`: values above the bound before and at most this one; the last is above all.
        var counts: [UInt64]
        var sum = 0.0
    }
    private let state: Mutex<State>

    /// - Parameter bounds: in any order; nil for a summary.
    init(bounds: [Double]?) {
        isHistogram = bounds != nil
        self.bounds = Set(bounds ?? []).filter(\.isFinite).sorted()
        state = Mutex(State(counts: Array(repeating: 0, count: self.bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    /// What is no number is left out: the sum would be none from then on.
    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    /// Recorded in seconds.
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func lines(_ name: String, _ labels: String) -> String {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var lines = ""
        var count: UInt64 = 0
        for (index, own) in counts.enumerated() {
            count += own
            guard isHistogram else { continue }
            let bound = index < bounds.count ? ExpositionText.number(bounds[index]) : "+Inf"
            let separator = labels.isEmpty ? "" : ","
            lines += ExpositionText.line("\(name)_bucket", "\(labels)\(separator)le=\"\(bound)\"", "\(count)")
        }
        lines += ExpositionText.line("\(name)_sum", labels, ExpositionText.number(sum))
        return lines + ExpositionText.line("\(name)_count", labels, "\(count)")
    }
}
