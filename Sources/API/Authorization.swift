import Crypto
import Foundation
public import HTTP
import HTTPTypes

/// Lets in who has an API key (`Authorization: Bearer`, RFC 6750). Without keys everybody may come in.
public struct Authorization: Middleware {
    public struct Key: Sendable {
        /// 64 hexadecimal digits: the SHA-256 of the key, so that who reads the settings cannot come in by them.
        public let sha256: String
        /// Everything, or nothing but classifying.
        public let isAdmin: Bool

        public init(sha256: String, isAdmin: Bool) {
            self.sha256 = sha256.lowercased()
            self.isAdmin = isAdmin
        }
    }

    private let keys: [Key]
    /// The dashboard asks for the key; what it shows then comes from the other paths.
    private static let open = DashboardFile.paths.union(
        ["/healthz", "/livez", "/readyz", "/v2/health/live", "/v2/health/ready"])

    public init(keys: [Key]) { self.keys = keys }

    public func handle(_ request: Request, next: Handler) async throws -> Response {
        if keys.isEmpty || Self.open.contains(request.target.rawPath) { return try await next(request) }
        guard let key = key(of: request) else {
            let hasSentOne = request.headers[.authorization] != nil
            var problem = Problem(
                .unauthorized,
                hasSentOne
                    ? "The API key is none that is known here; send another, as the field `Authorization: Bearer KEY`."
                    : "An API key is needed, as the field `Authorization: Bearer KEY`, and none was sent.")
            // Whoever has sent none is not told what was wrong with it (RFC 6750, 3.1).
            problem.headers[.wwwAuthenticate] = hasSentOne ? "Bearer error=\"invalid_token\"" : "Bearer"
            throw problem
        }
        guard key.isAdmin || Self.isClassifying(request) else {
            var problem = Problem(.forbidden, "This API key is for classifying only; use one whose role is admin.")
            problem.headers[.wwwAuthenticate] = "Bearer error=\"insufficient_scope\""
            throw problem
        }
        return try await next(request)
    }

    private func key(of request: Request) -> Key? {
        guard let field = request.headers[.authorization], field.lowercased().hasPrefix("bearer ") else { return nil }
        let given = field.dropFirst(7).trimmingCharacters(in: .whitespaces)
        let digest = Array(SHA256.hash(data: Data(given.utf8)).map { byte in byte })
        let text = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        // Hashes are compared: how long that takes says nothing of the key.
        return keys.first { $0.sha256 == text }
    }

    private static func isClassifying(_ request: Request) -> Bool {
        let segments = request.target.segments
        // Below it there is nothing else, and its clients look at health and metadata first.
        if segments.first == "v2" { return true }
        return request.method == .post
            && (segments == ["classify"]
                || segments.count == 4 && segments.last == "classify" && segments[1] == "models")
    }
}
