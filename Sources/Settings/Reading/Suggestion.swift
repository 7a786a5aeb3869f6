/// What somebody who wrote the name of no setting may have meant.
package enum Suggestion {
    /// - Parameter key: as in the file, `server.prot`.
    package static func sentence(forKey key: String) -> String {
        if let setting = nearest(to: key, last: lastPart(key)) { return "did you mean \(setting.key)?" }
        if let group = Setting.group(of: key), Setting.groups.contains(group) {
            let names = Setting.all.filter { Setting.group(of: $0.key) == group }.map { lastPart($0.key) }
            return "the settings of \(group) are \(names.joined(separator: ", "))"
        }
        return "the groups are \(Setting.groups.joined(separator: ", "))"
    }

    package static func sentence(forGroup name: String) -> String {
        let nearest = Setting.groups.map { ($0, distance(name, $0)) }.min { $0.1 < $1.1 }
        if let nearest, nearest.1 <= 2 { return "did you mean \(nearest.0)?" }
        return "the groups are \(Setting.groups.joined(separator: ", "))"
    }

    /// - Parameter name: of an environment variable.
    package static func sentence(forVariable name: String) -> String {
        let words = name.dropFirst(Setting.environmentPrefix.count).lowercased()
        let setting = nearest(to: words, last: words)
        return setting.map { "did you mean \($0.environmentName)?" } ?? "config/regraft.yaml lists them all"
    }

    /// The setting with the fewest letters to change. A name in the wrong group counts as one letter more.
    private static func nearest(to key: String, last: String) -> Setting? {
        let key = key.replacing(".", with: "_")
        let scored = Setting.all.map { setting in
            let whole = distance(key, setting.key.replacing(".", with: "_"))
            return (setting, min(whole, distance(last, lastPart(setting.key)) + 1))
        }
        guard let best = scored.min(by: { $0.1 < $1.1 }), best.1 <= 1 + last.count / 4 else { return nil }
        return best.0
    }

    private static func lastPart(_ key: String) -> String { String(key.split(separator: ".").last ?? "") }

    /// Letters to insert, delete, replace or swap with their neighbour (optimal string alignment).
    package static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var rows = [Array(0...right.count)]
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                let isSame = left[i] == right[j]
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (isSame ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    best = min(best, rows[i - 1][j - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
