import Yams

/// YAML as `Given` values with their lines.
enum YAMLReader {
    /// - Throws: `Refusal` whose faults are whole sentences about the file.
    static func read(_ text: String) throws(Refusal) -> Given {
        var text = text
        var markCount = 0
        while true {
            do {
                // Not the default encoding, for which Yams asks an environment variable.
                let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
                return try parser.singleRoot().map { given($0) } ?? .nothing
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                // Yams stops here, with the first of the two lines and none of the later mistakes. So the key gets a
                // mark of its own, which is taken away below, and it is for the reader of the values to see the two.
                let name = names.first ?? ""
                let mark = "\(markEnd)\(markCount)\(markEnd)"
                guard let marked = insert(mark, before: name, at: context.mark, in: text) else {
                    throw sentence(context.mark.line, "\(Given.quoted(name)) stands twice in one group")
                }
                text = marked
                markCount += 1
            } catch let error as YamlError {
                throw refusal(error, text)
            } catch {
                throw sentence(nil, "the file is not YAML: \(error)")
            }
        }
    }

    /// Of Unicode's private use area: allowed in YAML, and in no key.
    private static let markEnd: Character = "\u{E000}"

    private static func given(_ node: Node) -> Given {
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            return isPlain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
                ? .nothing : .scalar(scalar.string)
        case .sequence(let nodes):
            return .list(nodes.map { .init(line: $0.mark?.line, value: given($0)) })
        case .mapping(let pairs):
            return .group(
                pairs.map { key, value in
                    let marked = key.scalar?.string ?? "?"
                    let name = marked.first == markEnd ? marked.split(separator: markEnd).last ?? "" : marked[...]
                    return .init(name: String(name), line: key.mark?.line, value: given(value))
                })
        case .alias: return .nothing
        }
    }

    /// The text with the mark before the key at that place; nil where no such key is found there.
    private static func insert(_ mark: String, before key: String, at place: Mark, in text: String) -> String? {
        let scalars = text.unicodeScalars
        var (line, index) = (1, scalars.startIndex)
        while line < place.line, index < scalars.endIndex {
            let isFirstOfTwo = scalars[index] == "\r" && scalars[scalars.index(after: index)...].first == "\n"
            if !isFirstOfTwo, ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalars[index]) { line += 1 }
            index = scalars.index(after: index)
        }
        guard var start = scalars.index(index, offsetBy: place.column - 1, limitedBy: scalars.endIndex) else {
            return nil
        }
        if let quote = scalars[start...].first, quote == "\"" || quote == "'" { start = scalars.index(after: start) }
        guard scalars[start...].starts(with: key.unicodeScalars) else { return nil }
        return String(scalars[..<start]) + mark + String(scalars[start...])
    }

    private static func refusal(_ error: YamlError, _ text: String) -> Refusal {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return sentence(mark.line, "this is not valid YAML: \(problem)")
        case .reader(let problem, let offset, _, _):
            let line = offset.map { text.utf8.prefix($0).count { $0 == UInt8(ascii: "\n") } + 1 }
            return sentence(line, "this is not valid YAML: \(problem)")
        default: return sentence(nil, "the file is not valid YAML: \(error)")
        }
    }

    private static func sentence(_ line: Int?, _ words: String) -> Refusal {
        Refusal([.init(line: line, words: words)])
    }
}
