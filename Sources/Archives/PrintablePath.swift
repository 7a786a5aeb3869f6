/// Names of hostile archives made fit for a log or a page.
enum PrintablePath {
    /// At most 200 characters (Unicode scalars); control characters and those that turn the direction of writing become
    /// U+FFFD, and so do bytes that are not UTF-8.
    static func text(of name: String) -> String {
        var text = String.UnicodeScalarView()
        for scalar in name.unicodeScalars.prefix(199) {
            text.append(isHarmless(scalar) ? scalar : "\u{FFFD}")
        }
        if name.unicodeScalars.count > 199 { text.append("…") }
        return String(text)
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: false
        default: !scalar.properties.isBidiControl
        }
    }
}
