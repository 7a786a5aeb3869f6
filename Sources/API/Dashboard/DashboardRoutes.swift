import Crypto
import Foundation
import HTTP
import HTTPTypes

/// The dashboard at `/`: static files that are part of the program, open to everybody. What they show comes from the same API
/// that everybody else calls, with the key that the person at the browser has.
struct DashboardRoutes: Sendable {
    func register(_ router: inout Router) {
        for file in DashboardFile.all {
            let entityTag = SHA256.hash(data: file.bytes).prefix(16).map { String($0, radix: 36) }.joined(
                separator: "-")
            router.get(file.path) { request in
                .content(
                    file.bytes, for: request, contentType: file.contentType, entityTag: entityTag, headers: Self.headers
                )
            }
        }
    }

    private static let headers: HTTPFields = [
        // A file of another release than the page would not fit; asking costs an answer without a body.
        .cacheControl: "no-cache",
        // Labels and names come from users: were one ever taken for markup, nothing in it could run or call elsewhere.
        // Pictures are `blob:` where they are fetched with a key, and before they are uploaded.
        .contentSecurityPolicy: [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:",
            "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ].joined(separator: "; "),
        .xContentTypeOptions: "nosniff",
        .referrerPolicy: "no-referrer",
    ]
}

extension HTTPField.Name {
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}
