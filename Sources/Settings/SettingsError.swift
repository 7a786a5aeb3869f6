/// Everything that is wrong with the settings, so that one look is enough to mend them.
public struct SettingsError: Error, Sendable, CustomStringConvertible {
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        public let origin: SettingOrigin
        /// One sentence for a person, which begins with the place: a file's line, a variable or a flag.
        public let description: String

        /// - Parameter words: a sentence without the place; a full stop is added. A variable or flag is its subject.
        package init(_ origin: SettingOrigin, _ words: String) {
            self.origin = origin
            let sentence = words.hasSuffix("?") ? words : words + "."
            description =
                switch origin {
                case .builtIn: sentence
                case .file: "\(origin): \(sentence)"
                case .environment, .flag: "\(origin) \(sentence)"
                }
        }

        /// - Parameter words: what is said of the setting, which is named where the place does not name it.
        init(_ origin: SettingOrigin, key: String, _ words: String) {
            switch origin {
            case .builtIn, .file: self.init(origin, "\(key) \(words)")
            case .environment, .flag: self.init(origin, words)
            }
        }
    }

    /// At least one: the file's by line, then those of the environment, then those of flags.
    public let problems: [Problem]

    package init(problems: [Problem]) { self.problems = problems }

    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
