import API
import TestSupport
import Testing

/// API keys (RFC 6750).
struct AuthorizationTests {
    // printf %s secret | sha256sum, and of `other`.
    private static let admin = Authorization.Key(
        sha256: "2BB80D537B1DA3E38BD30361AA855686BDE0EACD7162FEF6A25FE97BF527A25B", isAdmin: true)
    private static let classifier = Authorization.Key(
        sha256: "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa", isAdmin: false)

    private func with(_ body: (TestAPI) async throws -> Void) async throws {
        try await TestAPI.with({ $0.keys = [Self.admin, Self.classifier] }, body)
    }

    @Test func refusesWhoHasNoKey() async throws {
        let wrong = [
            "Bearer wrong", "Bearer", "Bearer ", "Basic c2VjcmV0", "secret", "Bearersecret",
            "Bearer \(Self.admin.sha256)", "Bearer secret, Bearer secret",
        ]
        try await with { api in
            for (path, methods) in Routes.all where !["/healthz", "/livez", "/readyz"].contains(path) {
                for method in methods {
                    let answer = try await api.ask(method, path)
                    expect(
                        answer, 401, "unauthorized", saying: "Authorization: Bearer", "none was sent",
                        in: "\(method) \(path)")
                    // RFC 6750, 3.1: nothing more to whoever has sent no key.
                    #expect(answer.fields["www-authenticate"] == "Bearer", "\(method) \(path)")
                }
            }
            // What is not there is not told either.
            expect(try await api.get("/v1/none"), 401, "unauthorized")
            for field in wrong {
                let answer = try await api.get("/v1/models", ["Authorization": field])
                // Whoever has sent one is not told that there was none.
                expect(answer, 401, "unauthorized", saying: "is none that is known", in: field)
                #expect(answer.fields["www-authenticate"] == #"Bearer error="invalid_token""#, "\(field)")
            }
        }
    }

    @Test func letsProbesIn() async throws {
        try await with { api in
            for path in ["/healthz", "/livez", "/readyz"] {
                let answer = try await api.get(path)
                #expect(answer.status == 200, "\(path)")
            }
        }
    }

    // RFC 9110, 11.1: the scheme's name is not case sensitive.
    @Test func letsAnAdministratorIn() async throws {
        try await with { api in
            for field in ["Bearer secret", "bearer secret", "BEARER  secret"] {
                let answer = try await api.get("/v1/models", ["Authorization": field])
                #expect(answer.status == 200, "\(field)")
            }
        }
    }

    @Test func letsAClassifierClassifyAndNothingElse() async throws {
        let key = ["Authorization": "Bearer other"]
        try await with { api in
            for (path, methods) in Routes.all where !["/healthz", "/livez", "/readyz"].contains(path) {
                for method in methods {
                    let answer = try await api.ask(method, path, key)
                    if path.hasSuffix("classify") {
                        #expect(answer.status != 401 && answer.status != 403, "\(method) \(path): \(answer.text)")
                    } else {
                        expect(answer, 403, "forbidden", saying: "for classifying only", in: "\(method) \(path)")
                        // RFC 6750, 3 and 3.1.
                        #expect(answer.fields["www-authenticate"] == #"Bearer error="insufficient_scope""#)
                    }
                }
            }
        }
    }
}
