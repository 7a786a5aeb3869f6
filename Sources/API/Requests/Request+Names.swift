import Crypto
import Domain
import Foundation
import HTTP
import HTTPTypes
import Storage

extension Request {
    /// The type of the body, in lower case and without parameters; nil where the client names none.
    var mediaType: String? {
        headers[.contentType]?.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
    }

    /// A name in the path.
    /// - Throws: `RegraftError` (`invalid_name`).
    func name(_ parameter: String) throws -> ResourceName {
        try ResourceName(try parameters.get(parameter), kind: parameter)
    }

    /// - Parameter fingerprint: what is asked for: the same key with something else is an error. Only its SHA-256 is kept: of ten
    ///   thousand photos it is megabytes.
    func idempotencyKey(_ fingerprint: @autoclosure () -> String) throws(Problem) -> IdempotencyKey? {
        guard let key = headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(key.utf8.count) else {
            throw Problem(.badRequest, "The Idempotency-Key must have 1 to 255 characters.")
        }
        return IdempotencyKey(
            key: key, scope: "\(method.rawValue) \(target.rawPath)",
            fingerprint: SHA256.hash(data: Data(fingerprint().utf8)).hexadecimal)
    }
}
