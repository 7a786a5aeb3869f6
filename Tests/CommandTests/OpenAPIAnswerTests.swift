import Foundation
import TestSupport
import Testing

/// Answers of the running server against what `/openapi.json` says of them, and thumbnails as a browser asks for them.
struct OpenAPIAnswerTests {
    private let colours: TrainedColours

    init() throws { colours = try TrainedColours() }

    // Every route that answers with JSON and takes no body, and some that take one.
    @Test func answersAreWhatIsSaidOfThem() throws {
        let server = colours.server
        let described = try server.curl("/openapi.json")
        #expect(described.status == 200)
        let schemas = try OpenAPISchemas(Data(described.text.utf8))
        let picture = ["-X", "POST", "-T", "unseen/red.png"]
        let job = try server.curl("/v1/jobs").string("jobs.0.id")
        let image = try server.curl("/v1/datasets/colours/images?limit=1").integer("images.0.id")
        let version = "/v1/models/{model}/versions/{version}"
        let bundle = "/v1/models/colours/versions/1/export?format=bundle"
        #expect(try server.curl(bundle, "-o", "colours.regraft").status == 200)
        let asked: [(method: String, path: String, query: String, arguments: [String], status: Int)] = [
            ("get", "/v1/backbones", "", [], 200),
            ("get", "/v1/datasets", "?limit=1", [], 200), ("get", "/v1/datasets/{dataset}", "", [], 200),
            ("get", "/v1/datasets/{dataset}/versions", "", [], 200),
            ("get", "/v1/datasets/{dataset}/versions/{version}/report", "", [], 200),
            ("get", "/v1/datasets/{dataset}/images", "?limit=2&split=train", [], 200),
            (
                "post", "/v1/datasets/{dataset}/images", "?label=red",
                ["-F", "a=@unseen/red.png", "-F", "b=@server.log"], 201
            ),
            (
                "patch", "/v1/datasets/{dataset}/images/{image}", "",
                ["-X", "PATCH", "-d", #"{"label": "green"}"#, "-H", "Content-Type: application/json"], 200
            ),
            ("delete", "/v1/datasets/{dataset}/images/{image}", "", ["-X", "DELETE"], 200),
            ("get", "/v1/datasets/{dataset}/analysis", "?limit=3", [], 200),
            (
                "post", "/v1/datasets/{dataset}/images/changes", "",
                [
                    "-d", #"{"changes": [{"image": \#(image + 1), "label": "green"}]}"#, "-H",
                    "Content-Type: application/json",
                ],
                200
            ),
            ("get", "/v1/jobs", "", [], 200), ("get", "/v1/jobs/{job}", "", [], 200),
            ("get", "/v1/models", "", [], 200), ("get", "/v1/models/{model}", "", [], 200),
            ("get", version, "", [], 200),
            ("get", "\(version)/evaluation", "", [], 200), ("get", "\(version)/misclassified", "", [], 200),
            ("get", "/v1/models/{model}/compare", "?a=1&b=latest", [], 200),
            ("post", "/v1/models/{model}/import", "?promotion=manual", ["-X", "POST", "-T", "colours.regraft"], 201),
            ("get", "/v1/models/{model}", "?limit=2", [], 200),
            ("get", "/v1/models/{model}/aliases/{alias}", "", [], 200),
            (
                "put", "/v1/models/{model}/aliases/{alias}", "",
                ["-X", "PUT", "-d", #"{"version": 1}"#, "-H", "Content-Type: application/json"], 200
            ),
            ("post", "/classify", "", picture, 200), ("post", "/v1/models/{model}/classify", "?top_k=2", picture, 200),
            ("post", "/classify", "", ["-F", "a=@unseen/red.png", "-F", "b=@server.log"], 200),
            ("post", "/classify", "?explain=cam,neighbors", picture, 200),
            (
                "post", "/v1/models/{model}/classify", "?explain=neighbors,cam&neighbors=2&explain_label=blue",
                ["-F", "a=@unseen/red.png", "-F", "b=@server.log"], 200
            ),
            (
                "post", "/v1/jobs", "",
                ["-d", #"{"dataset": "colours", "promotion": "manual"}"#, "-H", "Content-Type: application/json"], 202
            ),
            ("get", "/v2", "", [], 200), ("get", "/v2/health/live", "", [], 200),
            ("get", "/v2/health/ready", "", [], 200),
            ("get", "/v2/models/{model}", "", [], 200), ("get", "/v2/models/{model}/ready", "", [], 200),
            (
                "post", "/v2/models/{model}/infer", "",
                ["--data-binary", "@unseen/red.png", "-H", "Inference-Header-Content-Length: 0"], 200
            ),
            ("get", "/v1/datasets/{dataset}", "?x=1", [], 400),
            ("get", "/v2/models/{model}/versions/{version}", "9", [], 404),
        ]
        for (method, pattern, query, arguments, status) in asked {
            let path = ["dataset": "colours", "model": "colours", "job": job, "alias": "latest", "image": "\(image)"]
                .reduce(pattern) { $0.replacing("{\($1.key)}", with: $1.value) }.replacing("{version}", with: "1")
            let answer = try server.curlAll(path + query, arguments)
            #expect(answer.status == status, "\(method) \(path): \(answer.text)")
            let operation = try #require(schemas.paths[pattern]?[method], "\(method) \(pattern)")
            let responses = operation["responses"] as? [String: [String: Any]] ?? [:]
            let response = (responses["\(status)"] ?? responses["default"]).flatMap(schemas.resolved)
            let content = response?["content"] as? [String: [String: Any]] ?? [:]
            let schema = content["application/json"] ?? content["application/problem+json"]
            let value = try JSONSerialization.jsonObject(with: Data(answer.text.utf8))
            let faults = schemas.faults(of: value, schema?["schema"] as? [String: Any] ?? ["$ref": "missing"])
            #expect(faults.isEmpty, "\(method) \(path): \(faults)")
        }
    }

    @Test func givesThumbnailsThatCachesMayKeep() throws {
        let server = colours.server
        let path =
            "/v1/datasets/colours/images/\(try server.curl("/v1/datasets/colours/images").integer("images.0.id"))"
        let first = try server.curl("\(path)?size=16", "-o", "small.jpg", "-D", "head.txt")
        #expect(first.status == 200)
        #expect(try colours.workshop.read("small.jpg").starts(with: [0xFF, 0xD8, 0xFF]))
        let head = String(decoding: try colours.workshop.read("head.txt"), as: UTF8.self).lowercased()
        #expect(head.contains("content-type: image/jpeg") && head.contains("immutable"))
        let tag = try #require(head.firstMatch(of: /etag: ("[^"]+")/).map { String($0.1) })
        let again = try server.curl("\(path)?size=16", "-H", "If-None-Match: \(tag)")
        #expect(again.status == 304 && again.text.isEmpty)
        // Another size is another picture, and without one it is the file itself.
        #expect(try server.curl("\(path)?size=17", "-H", "If-None-Match: \(tag)", "-o", "/dev/null").status == 200)
        _ = try server.curl(path, "-o", "whole.png")
        #expect(try colours.workshop.read("whole.png") == colours.workshop.read("photos/red/0.png"))
        for size in ["15", "2049", "x", ""] {
            #expect(try server.curl("\(path)?size=\(size)").string("type") == "urn:regraft:problem:invalid-parameters")
        }
    }
}
