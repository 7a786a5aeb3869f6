/// How names, labels and numbers are written (prometheus.io/docs/instrumenting/exposition_formats and
/// …/docs/concepts/data_model).
enum ExpositionText {
    static func header(_ name: String, _ kind: MetricKind, _ help: String) -> String {
        "# HELP \(name) \(escaped(help, quote: false))\n# TYPE \(name) \(kind)\n"
    }

    static func line(_ name: String, _ labels: String, _ value: String) -> String {
        labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`, with `_` for everything else.
    static func metricName(_ label: String) -> String { name(label, colons: true) }

    /// `method="GET",route="/"`, sorted by name: the order in which a program gives them means nothing.
    /// - Parameter reserved: a name that is not the program's to give.
    static func labels(_ dimensions: [(String, String)], reserved: String?) -> String {
        var taken: Set<String> = reserved.map { [$0] } ?? []
        return dimensions.map { (labelName($0.0), $0.1) }.sorted { $0 < $1 }
            .map { label, value in
                // Two names may have become one, and a series with one name twice is refused whole.
                var name = label
                while !taken.insert(name).inserted { name += "_" }
                return "\(name)=\"\(escaped(value, quote: true))\""
            }.joined(separator: ",")
    }

    /// Whole numbers without a point; otherwise the shortest text that reads back as the same number.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map(String.init) ?? "\(value)"
    }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`; two underscores in front are Prometheus' own.
    private static func labelName(_ text: String) -> String {
        let name = name(text, colons: false)
        return name.hasPrefix("__") ? "_\(name.drop { $0 == "_" })" : name
    }

    private static func name(_ text: String, colons: Bool) -> String {
        var name = ""
        for character in text.unicodeScalars {
            switch character {
            case "a"..."z", "A"..."Z", "_": name.unicodeScalars.append(character)
            case ":" where colons: name.unicodeScalars.append(character)
            case "0"..."9":
                if name.isEmpty { name = "_" }
                name.unicodeScalars.append(character)
            default: name += "_"
            }
        }
        return name.isEmpty ? "_" : name
    }

    private static func escaped(_ text: String, quote: Bool) -> String {
        var escaped = ""
        // By scalar: as a Character, a line feed behind a carriage return is not one.
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quote: escaped += "\\\""
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
