import Foundation
import TestSupport
import Testing

/// `…/export`: files of a version.
struct ExportRoutesTests {
    private let path = "/v1/models/m/versions/1/export"

    @Test func exports() async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            try await api.addModel("m")
            let labels = try await api.get("\(path)?format=labels")
            #expect(labels.text == "blue\nred\n" && labels.fields["content-type"] == "text/plain; charset=utf-8")
            #expect(labels.fields["content-disposition"] == #"attachment; filename="m-1-labels.txt""#)
            let bundle = try await api.get("\(path)?format=bundle")
            #expect(bundle.status == 200 && bundle.text.contains("RGRAFT\n"))
            #expect(bundle.fields["content-disposition"] == #"attachment; filename="m-1.regraft""#)
            #expect(bundle.fields["content-type"] == "application/vnd.regraft.bundle")
            #expect(bundle.fields["x-content-type-options"] == "nosniff")
        }
    }

    @Test func saysWhichFormatsThereAre() async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            try await api.addModel("m")
            for query in ["", "?format=", "?format=onyx", "?format=LABELS"] {
                let answer = try await api.get(path + query)
                expect(answer, 400, "invalid-parameters", saying: "'format'", "bundle, labels", in: query)
            }
        }
    }

    @Test func takesANumberOrAnAlias() async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            try await api.addModel("m", versions: 2)
            let latest = try await api.get("/v1/models/m/versions/latest/export?format=bundle")
            #expect(latest.fields["content-disposition"]?.contains("m-2.regraft") == true, "\(latest.status)")
            #expect(try await api.get("/v1/models/m/versions/2/export?format=bundle").text == latest.text)
            let best = try await api.get("/v1/models/m/versions/best/export?format=bundle")
            expect(best, 404, "unknown-alias", saying: "'best'")
            let wrong = try await api.get("/v1/models/m/versions/-/export?format=bundle")
            expect(wrong, 400, "invalid-name", saying: "alias")
        }
    }

    // An address may come to mean another file, so caches ask, and get no body where it is still that one.
    @Test func isAskedAboutByItsContent() async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            try await api.addModel("m", versions: 2)
            let address = "/v1/models/m/versions/latest/export?format=bundle"
            let first = try await api.get(address)
            let tag = try #require(first.fields["etag"])
            #expect(first.fields["cache-control"] == "private, no-cache")
            let again = try await api.get(address, ["If-None-Match": tag])
            #expect(again.status == 304 && again.text.isEmpty && again.fields["etag"] == tag)
            let head = try await api.ask("HEAD", address)
            #expect(head.status == 200 && head.fields["etag"] == tag)
            _ = try await api.json("PUT", "/v1/models/m/aliases/latest", #"{"version": 1}"#)
            let other = try await api.get(address, ["If-None-Match": tag])
            #expect(other.status == 200 && other.fields["etag"] != tag)
        }
    }
}
