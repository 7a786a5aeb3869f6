/// A key that clients may send. Only its hash is known here.
public struct APIKey: Sendable, Equatable {
    public enum Role: String, Sendable, CaseIterable {
        /// May do everything.
        case admin
        /// May classify, and ask all that there is below `/v2`; of `/v1` nothing but to classify.
        case classify
    }

    /// For logs; no two keys have the same.
    public var name: String
    /// The SHA-256 of the key's UTF-8 bytes: 64 hexadecimal digits in lower case.
    public var sha256: String
    public var role: Role

    public init(name: String, sha256: String, role: Role = .admin) {
        self.name = name
        self.sha256 = sha256
        self.role = role
    }
}
