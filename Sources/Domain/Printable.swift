extension String {
    /// A name that came from outside, as it can be shown in one line.
    public var printable: String {
        let escaped = unicodeScalars.map { scalar -> String in
            // Cc: the ASCII controls, and those of ISO 8859-1, which some terminals obey as well. Cf would also take the
            // joiners out of emoji, so of these only what turns the direction of the line.
            let isControl = scalar.properties.generalCategory == .control
            let turnsLine = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
            return isControl || turnsLine ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return escaped.joined()
    }
}
