import Foundation
import Testing

/// `docs/architecture.md` says what each target may import; this test keeps that true.
///
/// It reads the table with the columns `target | holds | may import`, `Package.swift`, and every import in `Sources`.
struct ImportTableTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What comes with Swift and with the system, which every target may import.
    private static let platform: Set<String> = [
        "Foundation", "FoundationEssentials", "Glibc", "Dispatch", "Synchronization", "FoundationNetworking",
    ]

    /// Each C library and database has one owner, whatever the table says.
    private static let owners = [
        "CTurboJPEG": "Images", "CVips": "Images", "CLCMS": "Images", "COpenVINO": "Inference",
        "COpenBLAS": "Training", "GRDB": "Storage", "CZlib": "HTTP", "CLinux": "HTTP", "CArchive": "Archives",
        "CCurl": "Fetch", "Yams": "Settings",
    ]

    private static func read(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    private static func names(inBackticks text: Substring) -> Set<String> {
        Set(text.matches(of: /`([A-Za-z0-9_]+)`/).map { String($0.1) })
    }

    /// The names in backticks of the table's first column, and those of its third.
    private static func table() throws -> [String: Set<String>] {
        let rows = try read("docs/architecture.md").split(separator: "\n").map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        guard
            let header = rows.firstIndex(where: {
                $0.prefix(3).map { $0.lowercased() } == ["target", "holds", "may import"]
            })
        else { return [:] }
        var table: [String: Set<String>] = [:]
        for row in rows[(header + 2)...] {
            guard row.count == 3 else { break }
            for target in names(inBackticks: row[0][...]) { table[target] = names(inBackticks: row[2][...]) }
        }
        return table
    }

    /// Modules imported in the Swift files of each folder in `Sources`.
    private static func imports() throws -> [String: [(file: String, module: String)]] {
        let sources = root.appendingPathComponent("Sources")
        let statement =
            /^\s*(?:@[A-Za-z_]+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?([A-Za-z0-9_]+)/
        var found: [String: [(String, String)]] = [:]
        for path in FileManager.default.enumerator(atPath: sources.path)?.compactMap({ $0 as? String }) ?? [] {
            guard path.hasSuffix(".swift"), let target = path.split(separator: "/").first else { continue }
            for line in try read("Sources/\(path)").split(separator: "\n") {
                if let match = line.firstMatch(of: statement) {
                    found[String(target), default: []].append((path, String(match.1)))
                }
            }
        }
        return found
    }

    /// The names that Package.swift gives each target of `Sources` as dependencies: targets and products.
    private static func dependencies(of targets: some Sequence<String>) throws -> [String: Set<String>] {
        let manifest = try read("Package.swift")
        var found: [String: Set<String>] = [:]
        for target in targets {
            let starts = [
                "library(\"\(target)\"", "library(\n            \"\(target)\"",
                "name: \"\(target)\",\n            dependencies:",
            ]
            guard let start = starts.lazy.compactMap({ manifest.range(of: $0) }).first else { continue }
            // Up to the bracket that closes the list; none where the next thing is the end of the target.
            let rest = manifest[start.upperBound...]
            guard let open = rest.firstIndex(where: { $0 == "[" || $0 == ")" }), rest[open] == "[" else {
                found[target] = []
                continue
            }
            let list = rest[open...].prefix { $0 != "]" }
            let products = list.matches(of: /name: "([A-Za-z0-9_]+)", package/).map { String($0.1) }
            let plain = list.replacing(/\.product\([^)]*\)/, with: "").matches(of: /"([A-Za-z0-9_]+)"/).map {
                String($0.1)
            }
            found[target] = Set(products + plain)
        }
        return found
    }

    @Test func everyTargetStandsInTheTable() throws {
        let (table, imports) = (try Self.table(), try Self.imports())
        #expect(imports.count >= 8, "Sources has not been read")
        for target in imports.keys.sorted() { #expect(table[target] != nil, "\(target) has no row") }
    }

    @Test func noTargetImportsMoreThanItsRowAllows() throws {
        let table = try Self.table()
        for (target, imports) in try Self.imports() {
            let allowed = (table[target] ?? []).union(Self.platform)
            for (file, module) in imports where !allowed.contains(module) {
                Issue.record("Sources/\(file) imports \(module), which the row of \(target) does not allow")
            }
        }
    }

    @Test func noTargetDependsOnMoreThanItsRowAllows() throws {
        let table = try Self.table()
        let dependencies = try Self.dependencies(of: table.keys)
        #expect(dependencies["Inference"]?.contains("COpenVINO") == true, "Package.swift has not been read")
        #expect(dependencies["Storage"]?.contains("GRDB") == true, "Package.swift has not been read")
        for (target, dependencies) in dependencies {
            for dependency in dependencies.subtracting(table[target] ?? []).sorted() {
                Issue.record("Package.swift has \(target) depend on \(dependency), which its row does not allow")
            }
        }
    }

    // A C library that two targets call has two owners of its handles and two places where its errors become Swift's.
    @Test func everyLibraryHasOneOwner() throws {
        for (target, imports) in try Self.imports() {
            for (file, module) in imports {
                if let owner = Self.owners[module], owner != target {
                    Issue.record("Sources/\(file) imports \(module), which is \(owner)'s")
                }
                #expect(
                    !module.hasPrefix("C") || Self.owners[module] != nil || module == "Crypto", "\(module) has no owner"
                )
            }
        }
    }
}
