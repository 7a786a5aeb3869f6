import Metrics
import Synchronization

/// Goes up only. Whole numbers, which are most, cost one atomic addition.
final class CounterInstrument: Instrument, CounterHandler, FloatingPointCounterHandler {
    private let whole = Atomic<UInt64>(0)
    private let rest = Mutex(0.0)

    /// What is less than 0 counts as nothing.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        whole.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    /// What is less than 0, or no number, counts as nothing.
    func increment(by amount: Double) {
        guard amount > 0 else { return }
        rest.withLock { $0 += amount }
    }

    func reset() {
        whole.store(0, ordering: .relaxed)
        rest.withLock { $0 = 0 }
    }

    func lines(_ name: String, _ labels: String) -> String {
        let (whole, rest) = (whole.load(ordering: .relaxed), rest.withLock { $0 })
        // As a Double a whole number is exact up to 2^53 only.
        return ExpositionText.line(
            name, labels, rest == 0 ? "\(whole)" : ExpositionText.number(Double(whole) + rest))
    }
}
