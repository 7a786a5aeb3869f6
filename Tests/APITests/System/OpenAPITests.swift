import API
import Domain
import Foundation
import HTTP
import Jobs
import TestSupport
import Testing

/// The description of the routes against the routes, and against itself. That answers are what it says is tested on the running
/// server: `Tests/CommandTests/OpenAPIAnswerTests.swift`.
struct OpenAPITests {
    private let schemas: OpenAPISchemas

    init() throws {
        let file = Repository.folder.appendingPathComponent("Sources/API/System/openapi.json")
        schemas = try OpenAPISchemas(Data(contentsOf: file))
    }

    @Test func describesEveryRouteAndNoOther() async throws {
        try await TestAPI.with { api in
            // The dashboard's parts are nobody's to call.
            let routes = APIRoutes.router(api.environment).routes.filter {
                !$0.pattern.hasPrefix("/dashboard/") && $0.pattern != "/favicon.ico"
            }
            let registered = Set(routes.map { "\($0.method.rawValue) \($0.pattern)" })
            let described = Set(
                schemas.paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(path)" } })
            #expect(registered.count > 40)
            #expect(registered.subtracting(described).sorted() == [], "registered, and not in openapi.json")
            #expect(described.subtracting(registered).sorted() == [], "in openapi.json, and not registered")
        }
    }

    @Test func isWhole() throws {
        #expect(schemas.document["openapi"] as? String == "3.1.0")
        let tags = Set((schemas.document["tags"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String })
        var names: Set<String> = []
        for (path, methods) in schemas.paths {
            for (method, operation) in methods {
                let place = "\(method) \(path)"
                #expect(names.insert(operation["operationId"] as? String ?? "").inserted, "\(place): operationId")
                #expect(tags.isSuperset(of: operation["tags"] as? [String] ?? ["none"]), "\(place): tag")
                #expect((operation["summary"] as? String)?.isEmpty == false, "\(place): summary")
                let parameters = (operation["parameters"] as? [[String: Any]] ?? []).compactMap(schemas.resolved)
                let ofPath = parameters.filter { $0["in"] as? String == "path" }.compactMap { $0["name"] as? String }
                let inPath = path.matches(of: /\{(\w+)\}/).map { String($0.1) }
                #expect(Set(ofPath) == Set(inPath), "\(place): parameters of the path")
                let responses = operation["responses"] as? [String: [String: Any]] ?? [:]
                #expect(responses.keys.contains { $0.hasPrefix("2") } && responses["default"] != nil, "\(place)")
                let mustHaveBody = ["put", "patch"].contains(method)
                #expect(!mustHaveBody || operation["requestBody"] != nil, "\(place): body")
            }
        }
        let references = Self.references(in: schemas.document)
        #expect(references.count > 60)
        for reference in references { #expect(schemas.resolved(["$ref": reference]) != nil, "\(reference)") }
    }

    // An example that is not what its own schema says misleads whoever copies it.
    @Test func examplesAreWhatTheirSchemasSay() throws {
        let components = schemas.document["components"] as? [String: [String: [String: Any]]] ?? [:]
        var count = 0
        for (name, schema) in components["schemas"] ?? [:] {
            for example in schema["examples"] as? [Any] ?? [] {
                count += 1
                let faults = schemas.faults(of: example, schema)
                #expect(faults.isEmpty, "\(name): \(faults)")
            }
        }
        #expect(count > 30)
    }

    // A choice that is there and not described is one that nobody finds, and one that generated clients refuse.
    @Test func namesEveryChoice() throws {
        let components = schemas.document["components"] as? [String: [String: [String: Any]]] ?? [:]
        func choices(_ place: [String: Any]?) -> [String] {
            ((place?["schema"] as? [String: Any] ?? place)?["enum"] as? [String] ?? []).sorted()
        }
        func field(_ name: String, of schema: String) -> [String: Any]? {
            (components["schemas"]?[schema]?["properties"] as? [String: [String: Any]])?[name]
        }
        func names<Choice: RawRepresentable & CaseIterable>(_: Choice.Type) -> [String]
        where Choice.RawValue == String { Choice.allCases.map(\.rawValue).sorted() }
        #expect(choices(components["parameters"]?["Layout"]) == names(IngestSpecification.Layout.self))
        #expect(choices(components["parameters"]?["Mode"]) == names(IngestSpecification.Mode.self))
        #expect(choices(field("labels", of: "Import")) == names(IngestSpecification.Layout.self))
        #expect(choices(field("mode", of: "Import")) == names(IngestSpecification.Mode.self))
        #expect(choices(field("recipe", of: "TrainingRequest")) == names(TrainingOptions.Recipe.self))
        #expect(choices(field("promotion", of: "TrainingRequest")) == names(PromotionPolicy.self))
        let export = schemas.paths["/v1/models/{model}/versions/{version}/export"]?["get"]?["parameters"]
        let format = (export as? [[String: Any]])?.first { $0["name"] as? String == "format" }
        #expect(choices(format) == ModelExporter.formats.sorted())
        let priority = components["parameters"]?["Priority"]?["schema"] as? [String: Any]
        let imported = field("priority", of: "Import")
        for bound in ["minimum", "maximum"] {
            #expect(priority?[bound] != nil && priority?[bound] as? Int == imported?[bound] as? Int, "\(bound)")
        }
    }

    private static func references(in value: Any) -> Set<String> {
        if let list = value as? [Any] { return list.reduce(into: []) { $0.formUnion(references(in: $1)) } }
        guard let object = value as? [String: Any] else { return [] }
        return object.reduce(into: []) { found, entry in
            if entry.key == "$ref", let text = entry.value as? String { found.insert(text) }
            found.formUnion(references(in: entry.value))
        }
    }
}
