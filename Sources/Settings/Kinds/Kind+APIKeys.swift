extension Kind<[APIKey]> {
    /// Groups of `name`, `sha256` and `role` in the file, `name:sha256[:role]` elsewhere.
    ///
    /// No message shows what stands where a hash should: it may be the key itself.
    static var apiKeys: Kind {
        Kind(
            read: { (given) throws(Refusal) in
                guard let items = given.items else {
                    throw Refusal([
                        .init(line: nil, words: "must be a list of keys, each with name and sha256, or [] for none")
                    ])
                }
                var keys: [APIKey] = []
                var faults: [Refusal.Fault] = []
                for (index, item) in items.enumerated() {
                    do throws(APIKeyFault) {
                        let key = try APIKey(item.value, number: index + 1)
                        try key.checkNew(among: keys)
                        keys.append(key)
                    } catch {
                        faults.append(.init(line: item.line, words: error.words))
                    }
                }
                guard faults.isEmpty else { throw Refusal(faults) }
                return keys
            },
            write: { keys in
                let texts = keys.map {
                    "{name: \(yamlQuoted($0.name)), sha256: redacted, role: \($0.role.rawValue)}"
                }
                return "[\(texts.joined(separator: ", "))]"
            })
    }
}

/// `words` as in `Refusal.Fault`.
struct APIKeyFault: Error {
    let words: String
    init(_ words: String) { self.words = words }
}

extension APIKey {
    /// `printf '' | sha256sum`: what a script with an unset variable would make.
    private static let hashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    /// - Parameter number: its place in the list, from 1, for messages.
    fileprivate init(_ given: Given, number: Int) throws(APIKeyFault) {
        let fields = try Self.fields(given, number: number)
        guard let name = fields["name"], name.wholeMatch(of: /[A-Za-z0-9._\-]{1,64}/) != nil else {
            throw APIKeyFault(
                "has no valid name for key \(number); it must be 1 to 64 letters, digits, '.', '_' and '-'")
        }
        let hash = (fields["sha256"] ?? "").lowercased()
        guard hash.wholeMatch(of: /[0-9a-f]{64}/) != nil else {
            throw APIKeyFault(
                "has no valid sha256 for '\(name)'; it must be the 64 hexadecimal digits that "
                    + "'printf %s KEY | sha256sum' prints")
        }
        guard hash != Self.hashOfNothing else {
            throw APIKeyFault("has the SHA-256 of an empty key for '\(name)'; hash a key that nobody can guess")
        }
        guard let role = fields["role"].map(Role.init(rawValue:)) ?? .admin else {
            throw APIKeyFault(
                "has the role \(Given.quoted(fields["role"] ?? "")) for '\(name)'; it must be "
                    + alternatives(Role.allCases.map(\.rawValue)))
        }
        self.init(name: name, sha256: hash, role: role)
    }

    private static func fields(_ given: Given, number: Int) throws(APIKeyFault) -> [String: String] {
        let names = ["name", "sha256", "role"]
        switch given {
        case .argument(let text):
            let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard (2...3).contains(parts.count) else {
                throw APIKeyFault("has something else than name:sha256 or name:sha256:role as key \(number)")
            }
            return Dictionary(uniqueKeysWithValues: zip(names, parts))
        case .group(let members):
            var fields: [String: String] = [:]
            for member in members {
                guard names.contains(member.name) else {
                    throw APIKeyFault(
                        "has \(Given.quoted(member.name)) in key \(number); a key has \(alternatives(names))")
                }
                guard fields.updateValue(member.value.text ?? "", forKey: member.name) == nil else {
                    throw APIKeyFault("has '\(member.name)' twice in key \(number)")
                }
            }
            return fields
        case .nothing, .scalar, .list:
            throw APIKeyFault("has something else than a group of name, sha256 and role as key \(number)")
        }
    }

    fileprivate func checkNew(among others: [APIKey]) throws(APIKeyFault) {
        for other in others {
            if other.name == name { throw APIKeyFault("has two keys named '\(name)'; give one another name") }
            if other.sha256 == sha256 {
                throw APIKeyFault("has the same sha256 for '\(other.name)' and '\(name)'; remove one of them")
            }
        }
    }
}
