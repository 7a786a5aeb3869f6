/// What a setting may be, and how its value is read and written.
struct Kind<Value>: Sendable {
    let read: @Sendable (Given) throws(Refusal) -> Value
    /// As YAML on one line, which `read` takes again, unless the value is secret.
    let write: @Sendable (Value) -> String

    init(
        read: @escaping @Sendable (Given) throws(Refusal) -> Value, write: @escaping @Sendable (Value) -> String
    ) {
        self.read = read
        self.write = write
    }

    /// A single value.
    /// - Parameters:
    ///   - allowed: completes "it must be …".
    ///   - hint: what to do about a text that `parse` refuses, where that can be guessed.
    ///   - parse: nil for a text that is not allowed.
    init(
        _ allowed: String, hint: @escaping @Sendable (String) -> String? = { _ in nil },
        parse: @escaping @Sendable (String) -> Value?, write: @escaping @Sendable (Value) -> String
    ) {
        self.write = write
        read = { (given) throws(Refusal) in
            guard let text = given.text, let value = parse(text) else {
                throw Refusal(given, allowed: allowed, hint: given.text.flatMap(hint))
            }
            return value
        }
    }
}

/// A text in YAML's double quotes.
func yamlQuoted(_ text: String) -> String {
    "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
}

/// `a`, `a or b`, `a, b or c`.
func alternatives(_ words: [String]) -> String {
    words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
}
