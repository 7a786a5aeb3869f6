extension ServerSettings {
    /// Every setting with its value and, as a comment, where that comes from. It is a file that `load` takes, unless
    /// there are API keys: their hashes are left out.
    public func describe() -> String {
        var lines: [String] = []
        var openGroup: String?
        for setting in Setting.all {
            let group = Setting.group(of: setting.key)
            if group != openGroup, let group { lines.append("\(group):") }
            openGroup = group
            let name = group.map { "  " + setting.key.dropFirst($0.count + 1) } ?? setting.key
            let value = "\(name): \(setting.write(self))"
            let padding = String(repeating: " ", count: max(0, 44 - value.count))
            lines.append("\(value)\(padding)  # \(origins[setting.key] ?? .builtIn)")
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
