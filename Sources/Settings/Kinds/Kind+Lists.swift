extension Kind<[String]> {
    static var addressRanges: Kind {
        list("addresses and ranges such as 10.0.0.0/8", each: "an IP address or a range such as 10.0.0.0/8") {
            NetworkText.isRange($0)
        }
    }

    /// As browsers send them (RFC 6454): never with a path, and a host in lower case.
    static var origins: Kind {
        list(
            "origins such as https://example.org", each: "'*' or an origin such as https://example.org, without a path"
        ) {
            $0 == "*" || $0.wholeMatch(of: /https?:\/\/([a-z0-9._\-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?/) != nil
        }
    }

    /// As in the field `Host`, without the port.
    static var hostNames: Kind {
        list("names such as regraft.example.org", each: "a name such as regraft.example.org, without a port") {
            $0.wholeMatch(of: /[A-Za-z0-9._\-]+|[0-9A-Fa-f:.]+/) != nil
        }
    }

    private static func list(
        _ what: String, each: String, _ isAllowed: @escaping @Sendable (String) -> Bool
    ) -> Kind {
        Kind(
            read: { (given) throws(Refusal) in
                guard let items = given.items else {
                    throw Refusal(given, allowed: "a list of \(what), or [] for none")
                }
                var values: [String] = []
                var faults: [Refusal.Fault] = []
                for item in items {
                    if let text = item.value.text, isAllowed(text) {
                        values.append(text)
                    } else {
                        let shown = item.value.text.map(Given.quoted) ?? "an entry that is no text"
                        faults.append(.init(line: item.line, words: "has \(shown) in it; each must be \(each)"))
                    }
                }
                guard faults.isEmpty else { throw Refusal(faults) }
                return values
            },
            write: { "[\($0.map(yamlQuoted).joined(separator: ", "))]" })
    }
}

extension Given {
    /// Of a list; an argument is one with commas. Nil for anything else.
    var items: [Item]? {
        switch self {
        case .list(let items): items
        case .argument(""): []
        case .argument(let text):
            text.split(separator: ",", omittingEmptySubsequences: false).map { part in
                let word = part.drop { $0 == " " }
                let end = word.lastIndex { $0 != " " }
                return Item(line: nil, value: .argument(end.map { String(word[...$0]) } ?? ""))
            }
        case .nothing, .scalar, .group: nil
        }
    }
}
