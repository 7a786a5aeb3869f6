import TestSupport
import Testing

/// Methods (RFC 9110, 9) on every route.
struct MethodTests {
    // RFC 9110, 15.5.6: a 405 lists the methods in Allow.
    @Test func refusesOtherMethodsAndSaysWhichThereAre() async throws {
        try await TestAPI.with { api in
            for (path, methods) in Routes.all {
                let allowed = (methods + ["OPTIONS"] + (methods.contains("GET") ? ["HEAD"] : [])).sorted()
                let options = try await api.ask("OPTIONS", path)
                #expect(options.status == 204 && options.text.isEmpty, "\(path)")
                #expect(options.fields["allow"] == allowed.joined(separator: ", "), "\(path)")
                for method in ["DELETE", "GET", "PATCH", "POST", "PUT"] where !methods.contains(method) {
                    let answer = try await api.ask(method, path)
                    expect(answer, 405, "method-not-allowed", saying: path, in: "\(method) \(path)")
                    #expect(answer.fields["allow"] == allowed.joined(separator: ", "), "\(method) \(path)")
                }
            }
        }
    }

    // RFC 9110, 9.3.2: as GET, without the body.
    @Test func answersHeadAsGet() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("flowers", photos: 2)
            let job = try await api.train("flowers")
            _ = try await api.ask("POST", "/v1/jobs/\(job)/cancel")
            let paths = [
                "/", "/readyz", "/v1/datasets", "/v1/datasets/flowers", "/v1/datasets/flowers/images/1",
                "/v1/datasets/none", "/v1/jobs/\(job)", "/v1/jobs/\(job)/events", "/v1/models", "/v1/jobs?limit=0",
            ]
            for path in paths {
                let (head, get) = (try await api.ask("HEAD", path), try await api.get(path))
                #expect(head.status == get.status && head.text.isEmpty, "\(path)")
                for field in ["content-type", "content-length", "etag", "transfer-encoding"] {
                    // Of a problem the length differs by its request_id.
                    if field == "content-length", head.status >= 400 { continue }
                    #expect(head.fields[field] == get.fields[field], "\(path): \(field)")
                }
            }
        }
    }

    @Test func saysWhatIsNotThere() async throws {
        try await TestAPI.with { api in
            for path in ["/v1", "/v1/", "/v1/datasets/", "/v1/dataset", "/v1/datasets/N/photos", "/classify/"] {
                expect(try await api.get(path), 404, "not-found", saying: path, "/openapi.json", in: path)
            }
        }
    }
}
