import Crypto
import Domain
public import Foundation

/// A file of a model's version, to be taken away.
public struct ExportedFile: Sendable {
    /// Of letters, digits, dots, dashes and underscores.
    public let name: String
    public let contentType: String
    public let data: Data
    /// SHA-256 of the data, 64 hexadecimal digits.
    public let sha256: String

    /// Takes time in proportion to the data.
    public init(name: String, contentType: String, data: Data) {
        self.name = name
        self.contentType = contentType
        self.data = data
        sha256 = SHA256.hash(data: data).hexadecimal
    }
}
