extension Kind<Bool> {
    static var bool: Kind {
        Kind(
            "true or false",
            hint: { text in
                switch text.lowercased() {
                case "yes", "y", "on", "1", "true": "write true"
                case "no", "n", "off", "0", "false": "write false"
                default: nil
                }
            },
            parse: { ["true": true, "false": false][$0] }, write: { String($0) })
    }
}

extension Kind where Value: RawRepresentable<String> & CaseIterable & Sendable {
    /// One of an enumeration's cases.
    static func choice() -> Kind {
        Kind(
            alternatives(Value.allCases.map(\.rawValue)), parse: { Value(rawValue: $0) }, write: { $0.rawValue })
    }
}

extension Kind<String> {
    /// An address to listen on.
    static var host: Kind {
        text("an IP address or localhost") { NetworkText.isAddress($0) || $0 == "localhost" }
    }

    static var path: Kind { text("the path of a folder") { !$0.isEmpty && isPath($0) } }

    static var optionalPath: Kind { text("the path of a folder, or \"\" for none", isPath) }

    /// 107 bytes is what `sockaddr_un` holds on Linux.
    static var socketPath: Kind {
        text("the path of a socket, of at most 107 bytes, or \"\" for none") { isPath($0) && $0.utf8.count <= 107 }
    }

    /// Of a backbone.
    static var name: Kind {
        text("a name of letters, digits, '.', '_' and '-'") { $0.wholeMatch(of: /[A-Za-z0-9._\-]+/) != nil }
    }

    private static func text(_ allowed: String, _ isAllowed: @escaping @Sendable (String) -> Bool) -> Kind {
        Kind(allowed, parse: { isAllowed($0) ? $0 : nil }, write: yamlQuoted)
    }

    @Sendable private static func isPath(_ text: String) -> Bool { text == Given.printable(text) }
}
