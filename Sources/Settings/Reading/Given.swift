/// What was written for a setting, before it is understood.
enum Given: Sendable {
    /// A key of the file with nothing behind it.
    case nothing
    /// A value of the file, without its quotes. YAML's own idea of its type is left out: it would make `no` a Bool,
    /// `010` an eight, and a hash of digits alone a number.
    case scalar(String)
    case list([Item])
    case group([Member])
    /// From the environment or a flag, where a list is one text with commas.
    case argument(String)

    struct Item: Sendable {
        let line: Int?
        let value: Given
    }

    struct Member: Sendable {
        let name: String
        let line: Int?
        let value: Given
    }

    /// What it is, to be read after a setting's name.
    var description: String {
        switch self {
        case .nothing: "has no value"
        case .scalar(let text), .argument(let text): "is \(Self.quoted(text))"
        case .list: "is a list"
        case .group: "is a group of settings"
        }
    }

    /// The text of a single value.
    var text: String? {
        switch self {
        case .scalar(let text), .argument(let text): text
        case .nothing, .list, .group: nil
        }
    }

    /// For a message: short, on one line, and without what a terminal would obey.
    static func quoted(_ text: String) -> String {
        let shown = printable(text.count > 60 ? "\(text.prefix(57))…" : text)
        return "'\(shown)'"
    }

    static func printable(_ text: String) -> String {
        String(text.map { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? "\u{FFFD}" : $0 })
    }
}
