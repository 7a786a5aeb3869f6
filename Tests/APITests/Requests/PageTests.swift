import Foundation
import TestSupport
import Testing

/// Lists come in pages: `limit` and `cursor`.
struct PageTests {
    /// Follows a list to its end.
    private func walk(_ api: TestAPI, _ path: String, _ list: String, _ key: String) async throws -> [String] {
        var (found, cursor, pages): ([String], String?, Int) = ([], nil, 0)
        let separator = path.contains("?") ? "&" : "?"
        repeat {
            let answer = try await api.get(path + separator + "limit=2" + (cursor.map { "&cursor=\($0)" } ?? ""))
            #expect(answer.status == 200, "\(path): \(answer.text)")
            let page = (answer[list] as? [[String: Any]] ?? []).map { "\($0[key] ?? "")" }
            #expect((cursor == nil || !page.isEmpty) && page.count <= 2, "\(path): an empty page")
            found += page
            cursor = answer["next_cursor"] as? String
            pages += 1
        } while cursor != nil && pages < 20
        return found
    }

    @Test func showsEveryElementOnce() async throws {
        try await TestAPI.with { api in
            var jobs: [String] = []
            for name in ["d", "b", "a", "e", "c"] { try await api.addDataset(name, photos: 1) }
            for _ in 0..<4 { jobs.append(try await api.train("a")) }
            for number in 1...3 {
                _ = try await api.ask(
                    "POST", "/v1/datasets/a/images?label=green", [:], Photos.photo("green", number))
            }
            #expect(try await walk(api, "/v1/datasets", "datasets", "name") == ["a", "b", "c", "d", "e"])
            #expect(try await walk(api, "/v1/jobs", "jobs", "id").sorted() == jobs.sorted())
            #expect(try await walk(api, "/v1/jobs?dataset=b", "jobs", "id") == [])
            #expect(try await walk(api, "/v1/datasets/a/versions", "versions", "version").first == "5")
            #expect(try await walk(api, "/v1/datasets/a/versions", "versions", "version").count == 5)
            #expect(try await walk(api, "/v1/datasets/a/images", "images", "id").count == 5)
            #expect(try await walk(api, "/v1/datasets/a/images?label=green", "images", "id").count == 3)
            #expect(try await walk(api, "/v1/models", "models", "name") == [])
        }
    }

    @Test func refusesLimitsThatAreNone() async throws {
        let lists = [
            "/v1/datasets", "/v1/jobs", "/v1/models", "/v1/models/N", "/v1/datasets/N/images",
            "/v1/datasets/N/versions",
            "/v1/datasets/N/versions/1/report", "/v1/models/N/versions/1/misclassified",
        ]
        try await TestAPI.with { api in
            for path in lists {
                for limit in ["0", "-1", "1001", "x", "", "1.5", "99999999999999999999"] {
                    let answer = try await api.get(path + "?limit=\(limit)")
                    expect(answer, 400, "invalid-parameters", saying: "'limit'", "1 to 1000", in: "\(path) \(limit)")
                }
                for cursor in ["", "a%20b", "-1", String(repeating: "x", count: 3000)] {
                    let answer = try await api.get(path + "?cursor=\(cursor)")
                    expect(answer, 400, "invalid-parameters", saying: "'cursor'", in: "\(path) \(cursor.prefix(20))")
                }
            }
        }
    }

    @Test func refusesCursorsOfOtherLists() async throws {
        try await TestAPI.with { api in
            for (path, cursor) in [
                ("/v1/jobs", "flowers"), ("/v1/jobs", "job_"), ("/v1/jobs", "7"), ("/v1/datasets/N/images", "flowers"),
                ("/v1/models/N", "latest"), ("/v1/datasets/N/versions", "1.5"),
            ] {
                let answer = try await api.get("\(path)?cursor=\(cursor)")
                expect(answer, 400, "invalid-parameters", saying: "'cursor'", "first page", in: "\(path) \(cursor)")
            }
        }
    }

    // What a cursor names may be gone when it comes back.
    @Test func goesOnWhereAnElementWasDeleted() async throws {
        try await TestAPI.with { api in
            for name in ["a", "b", "c"] { try await api.addDataset(name, labels: ["red"], photos: 1) }
            let cursor = try await api.get("/v1/datasets?limit=2").string("next_cursor")
            #expect(try await api.ask("DELETE", "/v1/datasets/b").status == 204)
            let rest = try await api.get("/v1/datasets?limit=2&cursor=\(cursor)")
            #expect(rest.strings("datasets", "name") == ["c"])
        }
    }
}
