import Testing

import Settings

struct UnitScaleTests {
    @Test(arguments: [
        ("0", 0, "0 B"), ("1", 1, "1 B"), ("256 B", 256, "256 B"), ("1024", 1024, "1 KiB"), ("1000", 1000, "1 KB"),
        ("64 MiB", 67_108_864, "64 MiB"), ("64MiB", 67_108_864, "64 MiB"), ("10GB", 10_000_000_000, "10 GB"),
        ("3 gib", 3_221_225_472, "3 GiB"), ("2 MB", 2_000_000, "2 MB"), ("5TB", 5_000_000_000_000, "5 TB"),
        ("1 TiB", 1_099_511_627_776, "1 TiB"), ("1536 KiB", 1_572_864, "1536 KiB"), ("1500 kb", 1_500_000, "1500 KB"),
    ])
    func sizes(text: String, bytes: Int, written: String) {
        #expect(UnitScale.bytes.parse(text) == bytes)
        #expect(UnitScale.bytes.text(bytes) == written)
        #expect(UnitScale.bytes.parse(written) == bytes)
    }

    @Test(arguments: [
        ("0s", 0, "0ms"), ("500ms", 500, "500ms"), ("30s", 30_000, "30s"), ("5m", 300_000, "5m"), ("60s", 60_000, "1m"),
        ("1h", 3_600_000, "1h"), ("30 d", 2_592_000_000, "30d"), ("1500ms", 1500, "1500ms"), ("90m", 5_400_000, "90m"),
    ])
    func durations(text: String, milliseconds: Int, written: String) {
        #expect(UnitScale.milliseconds.parse(text) == milliseconds)
        #expect(UnitScale.milliseconds.text(milliseconds) == written)
        #expect(UnitScale.milliseconds.parse(written) == milliseconds)
        #expect(Duration.milliseconds(milliseconds).wholeMilliseconds == milliseconds)
    }

    @Test(arguments: [
        "", " ", "B", "1 ", "1  ", "-1", "+1", "01", "1.0", "1e3", "1 K", "1 G", "1 KiB/s", "\u{661}",
        "9999999999999999999",
    ])
    func noSizes(text: String) { #expect(UnitScale.bytes.parse(text) == nil) }

    @Test(arguments: ["", "s", "0", "30", "-1s", "1.5s", "1h30m", "1w", "9223372036854775807d"])
    func noDurations(text: String) { #expect(UnitScale.milliseconds.parse(text) == nil) }
}
