import Foundation
import TestSupport
import Testing

import Prometheus

struct ProcessMetricsTests {
    // The fields as proc(5) numbers them: 14 and 15 are user and kernel ticks, 22 the start, 24 the pages. The name, in the
    // second, does its worst.
    @Test func readsProc() throws {
        let folder = try TemporaryFolder()
        let fields = (3...52).map { [14: "250", 15: "50", 22: "12345", 24: "1000"][$0] ?? "9" }
        try folder.write("42 (a) R (b) \(fields.joined(separator: " "))\n", to: "self/stat")
        try folder.write("cpu  1 2 3\nbtime 1700000000\nprocesses 7\n", to: "stat")
        for descriptor in 0..<6 { try folder.write("", to: "self/fd/\(descriptor)") }
        let metrics = ProcessMetrics(folder: folder.url.path, ticksPerSecond: 100, pageSize: 4096)
        #expect(
            metrics.blocks().map(\.1).joined() == """
                # HELP process_cpu_seconds_total Processor time of this process, in seconds.
                # TYPE process_cpu_seconds_total counter
                process_cpu_seconds_total 3
                # HELP process_open_fds Open file descriptors.
                # TYPE process_open_fds gauge
                process_open_fds 5
                # HELP process_resident_memory_bytes Resident memory, in bytes.
                # TYPE process_resident_memory_bytes gauge
                process_resident_memory_bytes 4096000
                # HELP process_start_time_seconds Start of this process, in seconds since 1970.
                # TYPE process_start_time_seconds gauge
                process_start_time_seconds 1700000123.45

                """)
        #expect(Set(metrics.blocks().map(\.0)) == ProcessMetrics.names)
    }

    @Test func withoutProc() { #expect(ProcessMetrics(folder: "/no/such/folder").blocks().isEmpty) }

    // Of this very process; the other sources are getrusage(2) and the clock.
    @Test func thisProcess() throws {
        let text = PrometheusRegistry().exposition()
        func value(_ name: String) throws -> Double {
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("\(name) ") })
            return try #require(Double(line.dropFirst(name.utf8.count + 1)))
        }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        #expect(try abs(value("process_cpu_seconds_total") - seconds) < 3)
        // ru_maxrss is in KiB, and the largest it has been.
        #expect(
            try (1_000_000...Double(usage.ru_maxrss) * 1024 * 1.01).contains(value("process_resident_memory_bytes")))
        let age = try Date().timeIntervalSince1970 - value("process_start_time_seconds")
        #expect((-2...36000).contains(age))
        #expect(try value("process_open_fds") >= 3)
    }
}
