extension Kind<Int> {
    static func integer(_ range: ClosedRange<Int>) -> Kind {
        Kind(
            "a whole number from \(range.lowerBound) to \(range.upperBound)",
            parse: { text in wholeNumber(text).flatMap { range.contains($0) ? $0 : nil } }, write: { String($0) })
    }

    /// A size in bytes.
    static func bytes(_ range: ClosedRange<Int>) -> Kind {
        let (scale, low, high) = (UnitScale.bytes, range.lowerBound, range.upperBound)
        return Kind(
            "a size from \(scale.text(low)) to \(scale.text(high)): a number of bytes, or one with "
                + alternatives(scale.units.reversed().map(\.name)),
            parse: { text in scale.parse(text).flatMap { range.contains($0) ? $0 : nil } },
            write: { scale.text($0) })
    }
}

extension Kind<Duration> {
    static func duration(_ range: ClosedRange<Duration>) -> Kind {
        let scale = UnitScale.milliseconds
        let (low, high) = (range.lowerBound.wholeMilliseconds, range.upperBound.wholeMilliseconds)
        return Kind(
            "a duration from \(scale.text(low)) to \(scale.text(high)): a whole number with ms, s, m, h or d",
            hint: { wholeNumber($0) == nil ? nil : "its unit is missing" },
            parse: { text in
                scale.parse(text).flatMap { (low...high).contains($0) ? Duration.milliseconds($0) : nil }
            },
            write: { scale.text($0.wholeMilliseconds) })
    }
}
