public import Foundation

extension ServerSettings {
    /// The defaults, with what the file says in their place, the environment over that, and flags over both.
    /// - Parameters:
    ///   - file: YAML such as `config/regraft.yaml`; nil for none. It is called in messages as it was given.
    ///   - environment: of which only variables that begin with `REGRAFT_` are looked at.
    ///   - flags: by the same keys as in the file, `server.port`.
    /// - Throws: everything that is wrong, not only the first. `checkAccess()` is for the caller to ask.
    public static func load(
        file: URL? = nil, environment: [String: String] = [:], flags: [String: String] = [:]
    ) throws(SettingsError) -> ServerSettings {
        var loading = Loading()
        if let file { loading.apply(SettingsFile(file)) }
        loading.apply(environment: environment)
        loading.apply(flags: flags)
        guard loading.problems.isEmpty else { throw SettingsError(problems: loading.problems) }
        return loading.settings
    }
}

/// Settings as they are put together, and what was wrong on the way.
private struct Loading {
    var settings = ServerSettings()
    var problems: [SettingsError.Problem] = []

    mutating func apply(_ file: SettingsFile) {
        problems += file.problems
        for entry in file.entries {
            apply(entry.setting, entry.value) { line in
                .file(file.path, line: line ?? entry.line)
            }
        }
        problems.sort { $0.line < $1.line }
    }

    mutating func apply(environment: [String: String]) {
        for name in EnvironmentVariables.names(in: environment) {
            if let setting = Setting.byEnvironmentName[name] {
                apply(setting, .argument(environment[name] ?? "")) { _ in .environment(name) }
            } else {
                let suggestion = Suggestion.sentence(forVariable: name)
                problems.append(.init(.environment(Given.printable(name)), "is no setting; \(suggestion)"))
            }
        }
    }

    mutating func apply(flags: [String: String]) {
        for (key, value) in flags.sorted(by: { $0.key < $1.key }) {
            if let setting = Setting.byKey[key] {
                apply(setting, .argument(value)) { _ in .flag(setting.flag) }
            } else {
                let suggestion = Suggestion.sentence(forKey: key)
                problems.append(
                    .init(.flag("--set \(Given.printable(key))"), "is no setting; \(suggestion)"))
            }
        }
    }

    private mutating func apply(
        _ setting: Setting, _ given: Given, origin: (_ line: Int?) -> SettingOrigin
    ) {
        do throws(Refusal) {
            try setting.read(given, &settings)
            settings.origins[setting.key] = origin(nil)
        } catch {
            problems += error.faults.map { .init(origin($0.line), key: setting.key, $0.words) }
        }
    }
}

extension SettingsError.Problem {
    fileprivate var line: Int {
        if case .file(_, let line?) = origin { return line }
        return 0
    }
}
