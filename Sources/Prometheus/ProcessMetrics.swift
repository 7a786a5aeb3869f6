import Foundation

/// What Linux knows of this process, under the names that Prometheus' client libraries have agreed on
/// (prometheus.io/docs/instrumenting/writing_clientlibs, "Process metrics"). Read from `/proc` (proc(5)) each time; what
/// cannot be read is left out.
package struct ProcessMetrics {
    package static let names: Set<String> = [
        "process_resident_memory_bytes", "process_start_time_seconds", "process_open_fds", "process_cpu_seconds_total",
    ]

    /// The folder of all processes.
    private let folder: String
    /// Of the counts in `stat`: ticks a second, bytes a page.
    private let ticksPerSecond: Double
    private let pageSize: Double

    package init(
        folder: String = "/proc", ticksPerSecond: Double = Double(sysconf(Int32(_SC_CLK_TCK))),
        pageSize: Double = Double(sysconf(Int32(_SC_PAGESIZE)))
    ) {
        self.folder = folder
        self.ticksPerSecond = ticksPerSecond
        self.pageSize = pageSize
    }

    /// Name and text of each.
    package func blocks() -> [(String, String)] {
        var blocks: [(String, String)] = []
        func add(_ name: String, _ kind: MetricKind, _ help: String, _ value: Double?) {
            guard let value else { return }
            let text = ExpositionText.header(name, kind, help)
            blocks.append((name, text + ExpositionText.line(name, "", ExpositionText.number(value))))
        }
        let fields = statFields()
        // Numbered from 1 in proc(5): 14 and 15 are the ticks in user and kernel mode, 22 the start, 24 the pages.
        func field(_ number: Int) -> Double? { fields.count > number - 3 ? Double(fields[number - 3]) : nil }

        add(
            "process_cpu_seconds_total", .counter, "Processor time of this process, in seconds.",
            sum(field(14), field(15)).map { $0 / ticksPerSecond })
        add("process_open_fds", .gauge, "Open file descriptors.", openDescriptors())
        add(
            "process_resident_memory_bytes", .gauge, "Resident memory, in bytes.", field(24).map { $0 * pageSize })
        add(
            "process_start_time_seconds", .gauge, "Start of this process, in seconds since 1970.",
            sum(field(22).map { $0 / ticksPerSecond }, bootTime()))
        return blocks
    }

    private func sum(_ left: Double?, _ right: Double?) -> Double? { left.flatMap { left in right.map { left + $0 } } }

    /// From the third on: the second is the program's name, which may hold spaces and parentheses.
    private func statFields() -> [Substring] {
        guard let text = read("self/stat"), let end = text.lastIndex(of: ")") else { return [] }
        return text[text.index(after: end)...].split(separator: " ")
    }

    private func bootTime() -> Double? {
        read("stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
    }

    private func openDescriptors() -> Double? {
        // Listing the folder opens one.
        (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/self/fd")).map { Double($0.count - 1) }
    }

    private func read(_ name: String) -> String? { try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) }
}
