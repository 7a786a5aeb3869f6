/// A row of the table of settings: how one is called, read and written.
package struct Setting: Sendable {
    /// As in the file: a group and a name, or just a name.
    package let key: String
    /// What `regraft serve` calls the flag that sets it.
    package let flag: String
    /// Reads what was given into the settings.
    let read: @Sendable (Given, inout ServerSettings) throws(Refusal) -> Void
    /// The value as YAML on one line, with secrets left out.
    package let write: @Sendable (ServerSettings) -> String

    /// - Parameter flag: nil where there is none of its own, only `--set key=value`.
    init<Value>(
        _ key: String, _ path: WritableKeyPath<ServerSettings, Value> & Sendable, _ kind: Kind<Value>,
        flag: String? = nil
    ) {
        self.key = key
        self.flag = flag ?? "--set \(key)"
        read = { (given, settings) throws(Refusal) in settings[keyPath: path] = try kind.read(given) }
        write = { kind.write($0[keyPath: path]) }
    }

    package var environmentName: String { Self.environmentPrefix + key.uppercased().replacing(".", with: "_") }

    package static let environmentPrefix = "REGRAFT_"

    package static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })
    package static let byEnvironmentName = Dictionary(uniqueKeysWithValues: all.map { ($0.environmentName, $0) })

    /// The part before the dot, where there is one.
    package static func group(of key: String) -> String? { key.firstIndex(of: ".").map { String(key[..<$0]) } }

    /// In the table's order.
    package static let groups = all.compactMap { group(of: $0.key) }.reduce(into: [String]()) { groups, group in
        if groups.last != group { groups.append(group) }
    }
}
