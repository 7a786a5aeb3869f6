import Metrics
import Prometheus
import Testing

struct PrometheusRegistryTests {
    private static func registry(
        help: [String: String] = [:], buckets: [String: [Double]] = [:]
    ) -> PrometheusRegistry {
        PrometheusRegistry(help: help, buckets: buckets, includesProcess: false)
    }

    /// Of one metric, without its header.
    private static func lines(_ registry: PrometheusRegistry) -> [Substring] {
        registry.exposition().split(separator: "\n").filter { !$0.hasPrefix("#") }
    }

    // The text was given to two readers that know nothing of this one: `promtool check metrics` (Prometheus 2.42) accepts
    // it without a remark but that one counter's name does not end in `_total`, and the parser of Python's
    // prometheus-client 0.26 reads back the same values, with the labels unescaped.
    @Test func everyKind() {
        let registry = Self.registry(
            help: ["http_requests_total": "Requests, by route.\nWith a \\."],
            buckets: ["photo_bytes": [1000, 1_000_000], "job_seconds": [0.5, 0.25]])
        let get = [("route", "/v1/models/{model}"), ("method", "GET"), ("status", "200")]
        Counter(label: "http_requests_total", dimensions: get, factory: registry).increment(by: 3)
        Counter(label: "http_requests_total", dimensions: [("method", "a\"b\\c\nd")], factory: registry).increment()
        FloatingPointCounter(label: "energy.joules", factory: registry).increment(by: 2.5)
        Meter(label: "queue_depth", factory: registry).set(7)
        Gauge(label: "temperature", dimensions: [("room", "é")], factory: registry).record(-1.5)
        let timer = Timer(label: "job_seconds", dimensions: [("kind", "train")], factory: registry)
        for milliseconds in [250, 251, 900] { timer.recordMilliseconds(milliseconds) }
        let photo = Recorder(label: "photo_bytes", factory: registry)
        for bytes in [10, 1000, 1001, 2_000_000] { photo.record(bytes) }
        let recorder = Recorder(label: "batch_size", factory: registry)
        for size in [1, 2, 4] { recorder.record(size) }

        #expect(
            registry.exposition() == #"""
                # HELP batch_size Recorded by the program as batch_size.
                # TYPE batch_size summary
                batch_size_sum 7
                batch_size_count 3
                # HELP energy_joules Recorded by the program as energy.joules.
                # TYPE energy_joules counter
                energy_joules 2.5
                # HELP http_requests_total Requests, by route.\nWith a \\.
                # TYPE http_requests_total counter
                http_requests_total{method="GET",route="/v1/models/{model}",status="200"} 3
                http_requests_total{method="a\"b\\c\nd"} 1
                # HELP job_seconds Recorded by the program as job_seconds.
                # TYPE job_seconds histogram
                job_seconds_bucket{kind="train",le="0.25"} 1
                job_seconds_bucket{kind="train",le="0.5"} 2
                job_seconds_bucket{kind="train",le="+Inf"} 3
                job_seconds_sum{kind="train"} 1.401
                job_seconds_count{kind="train"} 3
                # HELP photo_bytes Recorded by the program as photo_bytes.
                # TYPE photo_bytes histogram
                photo_bytes_bucket{le="1000"} 2
                photo_bytes_bucket{le="1000000"} 3
                photo_bytes_bucket{le="+Inf"} 4
                photo_bytes_sum 2002011
                photo_bytes_count 4
                # HELP queue_depth Recorded by the program as queue_depth.
                # TYPE queue_depth gauge
                queue_depth 7
                # HELP temperature Recorded by the program as temperature.
                # TYPE temperature gauge
                temperature{room="é"} -1.5

                """#)
    }

    @Test func empty() { #expect(Self.registry().exposition() == "") }

    // 5 ms to 10 s; a value on a bound belongs to it.
    @Test func timersHaveBucketsInSeconds() {
        let registry = Self.registry()
        let timer = Timer(label: "t", factory: registry)
        timer.recordMilliseconds(5)
        timer.recordSeconds(11)
        #expect(
            Self.lines(registry) == [
                "t_bucket{le=\"0.005\"} 1", "t_bucket{le=\"0.01\"} 1", "t_bucket{le=\"0.025\"} 1",
                "t_bucket{le=\"0.05\"} 1", "t_bucket{le=\"0.1\"} 1", "t_bucket{le=\"0.25\"} 1",
                "t_bucket{le=\"0.5\"} 1",
                "t_bucket{le=\"1\"} 1", "t_bucket{le=\"2.5\"} 1", "t_bucket{le=\"5\"} 1", "t_bucket{le=\"10\"} 1",
                "t_bucket{le=\"+Inf\"} 2", "t_sum 11.005", "t_count 2",
            ])
    }

    @Test func sameDimensionsAreOneSeries() {
        let registry = Self.registry()
        Counter(label: "c", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "c", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
        FloatingPointCounter(label: "c", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment(by: 0.5)
        #expect(Self.lines(registry) == ["c{a=\"1\",b=\"2\"} 2.5"])
    }

    // Metrics and labels: the data model's alphabets; names that Prometheus keeps to itself; two names that become one.
    @Test(
        arguments: [
            ("job.duration-ms", [], "job_duration_ms 1"), ("5xx", [], "_5xx 1"), ("", [], "_ 1"), ("a:b", [], "a:b 1"),
            ("größe", [], "gr__e 1"), ("c", [("a.b", "1")], "c{a_b=\"1\"} 1"), ("c", [("a:b", "1")], "c{a_b=\"1\"} 1"),
            ("c", [("__name__", "x")], "c{_name__=\"x\"} 1"), ("c", [("1", "x")], "c{_1=\"x\"} 1"),
            ("c", [("a", "1"), ("a", "2")], "c{a=\"1\",a_=\"2\"} 1"),
            ("c", [("a.b", "1"), ("a_b", "2")], "c{a_b=\"1\",a_b_=\"2\"} 1"),
            ("c", [("a", "\r\n")], "c{a=\"\r\\n\"} 1"),
        ] as [(String, [(String, String)], String)])
    func names(_ label: String, _ dimensions: [(String, String)], _ line: String) {
        let registry = Self.registry()
        Counter(label: label, dimensions: dimensions, factory: registry).increment()
        #expect(registry.exposition().hasSuffix("counter\n\(line)\n"))
    }

    @Test func reservedLabels() {
        let registry = Self.registry(buckets: ["h": [1]])
        Recorder(label: "h", dimensions: [("le", "x")], factory: registry).record(1)
        Recorder(label: "s", dimensions: [("quantile", "x")], factory: registry).record(1)
        #expect(
            Self.lines(registry) == [
                "h_bucket{le_=\"x\",le=\"1\"} 1", "h_bucket{le_=\"x\",le=\"+Inf\"} 1", "h_sum{le_=\"x\"} 1",
                "h_count{le_=\"x\"} 1", "s_sum{quantile_=\"x\"} 1", "s_count{quantile_=\"x\"} 1",
            ])
    }

    // No two kinds share a name, nor one kind's name with the other's sum or count.
    @Test func clashes() {
        let registry = Self.registry()
        Counter(label: "a", factory: registry).increment()
        for _ in 0..<2 { Meter(label: "a", factory: registry).increment() }
        Counter(label: "t_count", factory: registry).increment()
        Recorder(label: "t", factory: registry).record(1)
        #expect(
            Self.lines(registry) == ["a 1", "a_gauge 2", "t_count 1", "t_summary_sum 1", "t_summary_count 1"])
    }

    @Test func numbers() {
        let registry = Self.registry()
        let gauge = Gauge(label: "g", factory: registry)
        for (value, text) in [
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (0.1, "0.1"), (1e300, "1e+300"), (-0.0, "0"),
            (1e15, "1000000000000000"), (2.5e-7, "2.5e-07"),
        ] as [(Double, String)] {
            gauge.record(value)
            #expect(Self.lines(registry) == ["g \(text)"])
        }
        // Beyond 2^53, where a Double has no odd numbers.
        Counter(label: "c", factory: registry).increment(by: (1 << 53) + 1)
        #expect(Self.lines(registry).first == "c 9007199254740993")
    }

    @Test func whatDoesNotCount() {
        let registry = Self.registry()
        let (counter, real) = (
            Counter(label: "c", factory: registry), FloatingPointCounter(label: "f", factory: registry)
        )
        counter.increment(by: 2)
        counter.increment(by: -1)
        real.increment(by: 1.5)
        real.increment(by: -1)
        real.increment(by: Double.nan)
        let recorder = Recorder(label: "r", factory: registry)
        recorder.record(1)
        recorder.record(Double.nan)
        #expect(Self.lines(registry) == ["c 2", "f 1.5", "r_sum 1", "r_count 1"])
        counter.reset()
        real.reset()
        #expect(Self.lines(registry) == ["c 0", "f 0", "r_sum 1", "r_count 1"])
    }

    @Test func metersAddAndSubtract() {
        let registry = Self.registry()
        let meter = Meter(label: "m", factory: registry)
        meter.set(10)
        meter.increment(by: 2.5)
        meter.decrement(by: 1)
        #expect(Self.lines(registry) == ["m 11.5"])
    }

    @Test func destroyed() {
        let registry = Self.registry()
        let counter = Counter(label: "c", dimensions: [("a", "1")], factory: registry)
        let (meter, timer) = (Meter(label: "m", factory: registry), Timer(label: "t", factory: registry))
        let (recorder, real) = (
            Recorder(label: "r", factory: registry), FloatingPointCounter(label: "f", factory: registry)
        )
        Counter(label: "c", dimensions: [("a", "2")], factory: registry).increment()
        counter.destroy()
        meter.destroy()
        timer.destroy()
        recorder.destroy()
        real.destroy()
        #expect(registry.exposition().hasSuffix("# TYPE c counter\nc{a=\"2\"} 1\n"))
        #expect(registry.exposition().split(separator: "\n").count == 3)
    }

    @Test func recordingFromManyThreads() async {
        let registry = Self.registry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "c", factory: registry)
                    let (meter, timer) = (Meter(label: "m", factory: registry), Timer(label: "t", factory: registry))
                    for _ in 0..<1000 {
                        counter.increment()
                        meter.increment()
                        timer.recordSeconds(1)
                    }
                    _ = registry.exposition()
                }
            }
        }
        let lines = Self.lines(registry)
        for line in ["c 8000", "m 8000", "t_sum 8000", "t_count 8000"] { #expect(lines.contains(line[...])) }
    }

    @Test func contentType() {
        #expect(PrometheusRegistry.contentType == "text/plain; version=0.0.4; charset=utf-8")
    }
}
