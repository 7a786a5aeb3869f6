/// Where a setting's value comes from. Later cases override earlier ones.
public enum SettingOrigin: Sendable, Hashable, CustomStringConvertible {
    case builtIn
    /// A file as it was named. The line counts from 1; nil where the whole file is meant.
    case file(String, line: Int?)
    /// A variable of the environment, by its name.
    case environment(String)
    /// A flag of `regraft serve` as the user writes it, such as `--port`.
    case flag(String)

    public var description: String {
        switch self {
        case .builtIn: "default"
        case .file(let path, let line): line.map { "\(path):\($0)" } ?? path
        case .environment(let name), .flag(let name): name
        }
    }
}
