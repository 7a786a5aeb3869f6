import Testing

import Settings

struct TableTests {
    /// Of each kind some values, so that every setting finds one that is not its default.
    private static let values = [
        "true", "false", "17", "18 KB", "19s", "20d", "debug", "text", "manual", "retrain", "pad", "::1", "/else/where",
        "http://example.org", "laptop:\(hash("a"))",
    ]

    private static func properties(_ settings: ServerSettings) -> [String: String] {
        var found: [String: String] = [:]
        for child in Mirror(reflecting: settings).children where child.label != "origins" {
            let label = child.label ?? ""
            if label == "apiKeys" {
                found[label] = "\(child.value)"
            } else {
                for inner in Mirror(reflecting: child.value).children {
                    found["\(label).\(inner.label ?? "")"] = "\(inner.value)"
                }
            }
        }
        return found
    }

    private static func snakeCase(_ name: String) -> String {
        String(name.flatMap { $0.isUppercase ? "_\($0.lowercased())" : String($0) })
    }

    // Two rows whose properties were exchanged would read and write alike and be seen nowhere else.
    @Test(arguments: Setting.all.map(\.key))
    func eachRowSetsThePropertyOfItsNameAndNoOther(key: String) throws {
        let setting = try #require(Setting.byKey[key])
        let defaults = Self.properties(ServerSettings())
        for value in Self.values {
            guard let settings = try? ServerSettings.load(flags: [key: value]) else { continue }
            guard setting.write(settings) != setting.write(ServerSettings()) else { continue }
            let changed = Self.properties(settings).filter { defaults[$0.key] != $0.value }.keys
            #expect(changed.count == 1)
            // Swift's word for importing could not be a property's name without backticks.
            let expected = key == "api_keys" ? "api_keys" : key.replacing("import.", with: "imports.")
            #expect(changed.first.map { $0 == "apiKeys" ? "api_keys" : Self.snakeCase($0) } == expected)
            return
        }
        Issue.record("none of the values is one for \(key)")
    }

    @Test func everyPropertyHasARow() {
        #expect(Self.properties(ServerSettings()).count == Setting.all.count)
    }

    @Test func environmentNamesFollowFromKeys() {
        let expected = [
            ("server.port", "REGRAFT_SERVER_PORT"), ("api_keys", "REGRAFT_API_KEYS"),
            ("limits.connections_per_peer", "REGRAFT_LIMITS_CONNECTIONS_PER_PEER"),
            ("import.enabled", "REGRAFT_IMPORT_ENABLED"), ("classify.top_k", "REGRAFT_CLASSIFY_TOP_K"),
        ]
        for (key, name) in expected { #expect(Setting.byKey[key]?.environmentName == name) }
    }

    // A name that two settings share, or that means something else, could never be set.
    @Test func everyEnvironmentNameIsItsOwn() {
        let names = Setting.all.map(\.environmentName)
        #expect(Set(names).count == names.count)
        let environment = Dictionary(uniqueKeysWithValues: names.map { ($0, "1") })
        #expect(EnvironmentVariables.names(in: environment) == names.sorted())
    }

    @Test func flagsAreTheirOwnOrTheGeneralOne() {
        let own = Setting.all.filter { !$0.flag.hasPrefix("--set ") }
        #expect(
            own.map { "\($0.key) \($0.flag)" } == ["server.host --host", "server.port --port", "data.directory --data"])
        #expect(Setting.byKey["log.level"]?.flag == "--set log.level")
    }
}
