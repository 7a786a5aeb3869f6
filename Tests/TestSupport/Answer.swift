import Foundation

/// What a server has answered.
public struct Answer: Sendable {
    public let status: Int
    public let text: String
    /// By names in lower case.
    public let fields: [String: String]

    public init(status: Int, text: String, fields: [String: String] = [:]) {
        self.status = status
        self.text = text
        self.fields = fields
    }

    /// A value in the JSON, by a path like `jobs.0.id`.
    public subscript(path: String) -> Any? {
        path.split(separator: ".").reduce(try? JSONSerialization.jsonObject(with: Data(text.utf8))) { value, key in
            if let list = value as? [Any], let index = Int(key) {
                return list.indices.contains(index) ? list[index] : nil
            }
            return (value as? [String: Any])?[String(key)]
        }
    }

    public func string(_ path: String) -> String { self[path] as? String ?? "" }
    public func integer(_ path: String) -> Int { self[path] as? Int ?? -1 }

    /// One value of each element of a list.
    public func strings(_ path: String, _ key: String) -> [String] {
        (self[path] as? [[String: Any]] ?? []).map { $0[key] as? String ?? "" }
    }
}
