import Foundation
import TestSupport
import Testing

/// Health, metrics, backbones.
struct SystemTests {
    @Test func saysWhetherItCanAnswer() async throws {
        try await TestAPI.with({ $0.isLoaded = false }) { api in
            let answer = try await api.get("/readyz")
            expect(answer, 503, "not-ready", saying: "being loaded")
            #expect(answer.fields["retry-after"] == "1")
            let inference = try await api.get("/v2/health/ready")
            #expect(inference.status == 503 && inference.string("error").contains("being loaded"), "\(inference.text)")
            #expect(inference.fields["retry-after"] == "1")
            api.environment.readiness.begin()
            #expect(try await api.get("/readyz").text == "ok\n")
            api.environment.readiness.end()
            expect(try await api.get("/readyz"), 503, "not-ready", saying: "is stopping")
            // Told to stop while the last model was loaded.
            api.environment.readiness.begin()
            expect(try await api.get("/readyz"), 503, "not-ready", saying: "is stopping")
            for path in ["/healthz", "/livez"] { #expect(try await api.get(path).text == "ok\n") }
        }
    }

    @Test func listsTheBackbones() async throws {
        try await TestAPI.with { api in
            let answer = try await api.get("/v1/backbones")
            #expect(answer.strings("backbones", "id") == ["stub"] && answer.integer("backbones.0.features") == 3)
            #expect(answer["backbones.0.is_default"] as? Bool == true && answer["backbones.0.loaded"] as? Bool == false)
        }
    }

    @Test func writesMetrics() async throws {
        try await TestAPI.with { api in
            let answer = try await api.get("/metrics")
            #expect(
                answer.status == 200 && answer.fields["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        }
    }
}
