/// What is made of an entry's name.
enum EntryPath: Equatable {
    case file(String)
    /// It ends in a separator.
    case folder
    /// What operating systems leave behind, and hidden files.
    case noise
    case refused(String)

    init(_ name: EntryName, maximumBytes: Int) {
        guard name.bytes.count <= maximumBytes else {
            self = .refused("its path is longer than \(maximumBytes) bytes")
            return
        }
        guard let text = name.text else {
            self = .refused("its path is not in UTF-8")
            return
        }
        self.init(text, isZip: name.isZip)
    }

    private init(_ text: String, isZip: Bool) {
        // By scalars: as characters, a slash with a combining mark after it would not be a slash.
        var scalars = Array(text.unicodeScalars)
        guard !scalars.contains(where: { $0.properties.generalCategory == .control }) else {
            self = .refused("its path has control characters")
            return
        }
        if scalars.contains("\\") {
            // Old .NET made zips with backslashes throughout. Elsewhere a backslash may be part of a name, and what one
            // system takes for a name another takes for a path.
            guard isZip, !scalars.contains("/") else {
                self = .refused("its path has backslashes")
                return
            }
            scalars = scalars.map { $0 == "\\" ? "/" : $0 }
        }
        if scalars.last == "/" {
            self = .folder
            return
        }
        self.init(segments: scalars.split(separator: "/", omittingEmptySubsequences: false))
    }

    private init(segments: [ArraySlice<Unicode.Scalar>]) {
        let segments = segments.map { String(String.UnicodeScalarView($0)) }
        guard segments != [""] else {
            self = .refused("it has no path")
            return
        }
        guard segments[0] != "", !Self.isDrive(segments[0]) else {
            self = .refused("its path is absolute")
            return
        }
        guard !segments.contains("..") else {
            self = .refused("its path leads out of the archive (..)")
            return
        }
        guard !segments.contains("") else {
            self = .refused("its path has an empty segment")
            return
        }
        // `tar -C folder .` begins every path with one.
        let kept = segments.filter { $0 != "." }
        guard !kept.isEmpty else {
            self = .folder
            return
        }
        guard !kept.contains(where: Self.isNoise), kept.last?.utf8.first != UInt8(ascii: ".") else {
            self = .noise
            return
        }
        // Not left behind by a system, so it may be meant: somebody must be told that it was not taken.
        if let hidden = kept.dropLast().first(where: { $0.utf8.first == UInt8(ascii: ".") }) {
            self = .refused("it is in a hidden folder (\(hidden)); rename that so that it begins with no dot")
            return
        }
        self = .file(kept.joined(separator: "/"))
    }

    private static func isDrive(_ segment: String) -> Bool {
        let bytes = Array(segment.utf8)
        return bytes.count >= 2 && bytes[1] == UInt8(ascii: ":") && (0x41...0x5A).contains(bytes[0] & 0xDF)
    }

    private static func isNoise(_ segment: String) -> Bool {
        segment == "__MACOSX" || ["thumbs.db", "desktop.ini"].contains(segment.lowercased())
    }
}
