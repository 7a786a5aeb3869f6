import Foundation
import TestSupport
import Testing

/// How good a version is, and how it stands beside another.
struct EvaluationRoutesTests {
    private static let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    private let path = "/v1/models/m/versions/1/evaluation"

    // Programs get JSON, whether they say so or not; a browser gets a page.
    @Test(arguments: [
        (nil, false), ("*/*", false), ("application/json", false), ("text/html, application/json", false),
        (browser, true),
    ])
    func isAPageForBrowsers(_ accept: String?, _ isPage: Bool) async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            try await api.addModel("m")
            let answer = try await api.get(path, accept.map { ["Accept": $0] } ?? [:])
            #expect(answer.status == 200 && answer.fields["vary"]?.contains("Accept") == true)
            #expect(answer.fields["content-type"] == (isPage ? "text/html; charset=utf-8" : "application/json"))
            #expect(answer.text.hasPrefix(isPage ? "<!doctype html>" : "{"))
            guard isPage else { return }
            #expect(answer.fields["content-security-policy"]?.contains("default-src 'none'") == true)
            #expect(answer.text.contains("<title>m, version 1</title>") && answer.text.contains("What to make of it"))
        }
    }

    @Test func comparesByNumberAndAlias() async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            try await api.addModel("m", versions: 2)
            let found = try await api.get("/v1/models/m/compare?a=1")
            #expect(found.status == 200, "\(found.text)")
            #expect(found.integer("a.version") == 1 && found.integer("b.version") == 2)
            #expect(found.integer("images") > 0 && found.integer("images_tested_by_both") == found.integer("images"))
            let again = try await api.get("/v1/models/m/compare?a=1&b=latest")
            #expect(again.text == found.text)
            #expect(try await api.get("/v1/models/m/compare?a=latest&b=1").integer("b.version") == 1)
            for path in ["", "/evaluation", "/misclassified"] {
                let named = try await api.get("/v1/models/m/versions/latest\(path)")
                #expect(try await api.get("/v1/models/m/versions/2\(path)").text == named.text && named.status == 200)
            }
            let same = try await api.get("/v1/models/m/compare?a=2&b=2")
            #expect(same.integer("changed_images") == 0 && same.text.contains("\"p_value\":1"))
        }
    }

    @Test func saysWhatCannotBeCompared() async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            try await api.addModel("m")
            expect(try await api.get("/v1/models/m/compare"), 400, "invalid-parameters", saying: "'a'")
            expect(try await api.get("/v1/models/m/compare?a=1&c=2"), 400, "invalid-parameters", saying: "'c'")
            expect(try await api.get("/v1/models/m/compare?a=7"), 404, "unknown-version", saying: "7")
            expect(try await api.get("/v1/models/m/compare?a=1&b=best"), 404, "unknown-alias", saying: "'best'")
            expect(try await api.get("/v1/models/m/compare?a=-x"), 400, "invalid-name")
            expect(try await api.get("/v1/models/none/compare?a=1"), 404, "unknown-model", saying: "'none'")
            #expect(try await api.ask("DELETE", "/v1/datasets/m").status == 204)
            expect(
                try await api.get("/v1/models/m/compare?a=1"), 409, "not-comparable", saying: "'m'",
                "no longer there, so")
        }
    }
}
