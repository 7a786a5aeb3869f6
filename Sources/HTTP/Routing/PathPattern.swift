/// A path with placeholders: `/v1/models/{model}/versions/{version}`; `{rest...}` at the end stands for one segment or
/// more.
struct PathPattern: Sendable {
    enum Part: Sendable, Equatable {
        case literal(String)
        case parameter(String)
        case rest(String)
    }

    let text: String
    let parts: [Part]

    /// Patterns are written by programmers: a wrong one ends the program when it is registered.
    init(_ text: String) {
        precondition(text.hasPrefix("/"), "a path pattern begins with a slash: \(text)")
        self.text = text
        parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { part in
            guard part.hasPrefix("{"), part.hasSuffix("}") else {
                precondition(!part.contains { "{}".contains($0) }, "a placeholder is a whole segment: \(text)")
                return .literal(String(part))
            }
            let name = part.dropFirst().dropLast()
            return name.hasSuffix("...") ? .rest(String(name.dropLast(3))) : .parameter(String(name))
        }
        precondition(
            !parts.dropLast().contains { if case .rest = $0 { true } else { false } },
            "what stands for the rest comes last: \(text)")
    }
}

/// What a pattern's placeholders stand for in a request's path.
public struct PathParameters: Sendable {
    private var values: [String: String] = [:]

    /// Percent-decoded; of `{rest...}` the segments with slashes between.
    public subscript(name: String) -> String? { values[name] }

    /// A parameter that the route's pattern has, as a type.
    /// - Throws: `Problem` (404): a path with `version` = `x` where versions are numbers leads nowhere, nor does one with `+1` or
    ///   `01`, since each thing has one path.
    public func get<Value: LosslessStringConvertible>(_ name: String, as type: Value.Type = String.self) throws(Problem)
        -> Value
    {
        guard let text = values[name] else {
            preconditionFailure("the route's pattern has no placeholder {\(name)}")
        }
        guard let value = Value(text), value.description == text else {
            throw Problem(.notFound, "'\(text)' is no \(name).")
        }
        return value
    }

    mutating func set(_ name: String, _ value: String) { values[name] = value }
}
