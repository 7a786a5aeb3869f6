import Foundation
import Glibc
import Synchronization

/// Progress of a long count: a bar on a terminal, a line every few seconds elsewhere. Any thread may update it.
final class ProgressLine: Sendable {
    private struct State {
        var lastShown: ContinuousClock.Instant?
        var hasBar = false
    }

    private let title: String
    private let unit: String
    private let isTerminal: Bool
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    init(_ title: String, unit: String, isTerminal: Bool = Console.errorIsTerminal) {
        self.title = title
        self.unit = unit
        self.isTerminal = isTerminal
    }

    /// - Parameters:
    ///   - worked: how many of the done ones took work; the rate and the time left follow from these.
    ///   - note: shown at the end of the line.
    func update(done: Int, total: Int, worked: Int, note: String = "") {
        state.withLock { state in
            let now = ContinuousClock.now
            let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(5)
            let isLast = done == total
            let waits = (now - (state.lastShown ?? start)) < interval
            if waits && !isLast { return }
            state.lastShown = now
            let line = text(done: done, total: total, worked: worked, note: note, elapsed: now - start)
            if isTerminal {
                Console.write("\r\u{1B}[K" + line + (isLast ? "\n" : ""), to: STDERR_FILENO)
                state.hasBar = !isLast
            } else {
                Console.warn(line)
            }
        }
    }

    /// Leaves the line where it stands and begins a new one.
    func interrupt() {
        state.withLock { state in
            if state.hasBar { Console.write("\n", to: STDERR_FILENO) }
            state.hasBar = false
        }
    }

    private func text(done: Int, total: Int, worked: Int, note: String, elapsed: Duration) -> String {
        let seconds = max(elapsed / .seconds(1), 1e-9)
        var parts = ["\(done)/\(total) \(unit)"]
        if worked > 0, done == total {
            parts.append(String(format: "%.0f/s in %@", Double(worked) / seconds, Self.clock(seconds)))
        } else if worked > 0 {
            parts.append(String(format: "%.0f/s", Double(worked) / seconds))
            parts.append(Self.clock(Double(total - done) * seconds / Double(max(done, 1))) + " left")
        }
        if !note.isEmpty { parts.append(note) }
        let bar = isTerminal ? Self.bar(done, total) + " " : ""
        return "\(title) \(bar)" + parts.joined(separator: ", ")
    }

    private static func bar(_ done: Int, _ total: Int) -> String {
        let width = 24
        let filled = total > 0 ? done * width / total : width
        return "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled) + "]"
    }

    private static func clock(_ seconds: Double) -> String {
        if seconds < 60 { return String(format: "%.1f s", seconds) }
        let whole = Int(seconds.rounded())
        return String(format: "%d:%02d min", whole / 60, whole % 60)
    }
}
