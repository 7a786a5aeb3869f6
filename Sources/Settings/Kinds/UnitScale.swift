/// Numbers with a unit, counted in the smallest of them.
package struct UnitScale: Sendable {
    /// From the largest to the smallest.
    let units: [(name: String, factor: Int)]
    /// Between number and unit when written.
    let separator: String
    /// Whether a number alone is read, as one of the smallest unit.
    let allowsBareNumbers: Bool

    package static let bytes = UnitScale(
        units: [
            ("TiB", 1 << 40), ("TB", 1_000_000_000_000), ("GiB", 1 << 30), ("GB", 1_000_000_000), ("MiB", 1 << 20),
            ("MB", 1_000_000), ("KiB", 1 << 10), ("KB", 1000), ("B", 1),
        ], separator: " ", allowsBareNumbers: true)

    package static let milliseconds = UnitScale(
        units: [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)], separator: "",
        allowsBareNumbers: false)

    /// From `64 MiB`, `10GB`, `30s`; upper and lower case are the same. Nil for anything else, and beyond 64 bits.
    package func parse(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        guard let number = wholeNumber(String(digits)) else { return nil }
        if unit.isEmpty, digits.count == text.count { return allowsBareNumbers ? number : nil }
        guard let factor = units.first(where: { $0.name.lowercased() == unit })?.factor else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    /// In the largest unit that leaves no fraction.
    package func text(_ value: Int) -> String {
        let unit = units.first { value != 0 && value.isMultiple(of: $0.factor) } ?? units[units.count - 1]
        return "\(value / unit.factor)\(separator)\(unit.name)"
    }
}

/// Digits alone. A leading zero is refused, since YAML 1.1 reads `010` as eight and people read it as ten.
func wholeNumber(_ text: String) -> Int? {
    guard let number = Int(text), String(number) == text else { return nil }
    return number
}

extension Duration {
    static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }

    package var wholeMilliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
