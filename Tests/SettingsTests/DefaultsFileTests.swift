import Foundation
import TestSupport
import Testing

import Settings

/// `config/regraft.yaml` is what users read: it must list every setting, with the default it really has.
struct DefaultsFileTests {
    private static let file = Repository.folder.appendingPathComponent("config/regraft.yaml")

    @Test func everySettingIsInTheFileWithItsDefault() throws {
        let loaded = try ServerSettings.load(file: Self.file)
        let defaults = ServerSettings()
        for setting in Setting.all {
            guard case .file(Self.file.relativePath, line: _?) = loaded.origins[setting.key] else {
                Issue.record("\(setting.key) is not in the file")
                continue
            }
            #expect(setting.write(loaded) == setting.write(defaults), "\(setting.key)")
        }
        #expect(loaded.origins.count == Setting.all.count)
        #expect(Setting.all.count >= 61)
    }

    @Test func everyGroupEqualsItsDefaults() throws {
        let (loaded, defaults) = (try ServerSettings.load(file: Self.file), ServerSettings())
        #expect(loaded.server == defaults.server)
        #expect(loaded.apiKeys == defaults.apiKeys)
        #expect(loaded.limits == defaults.limits)
        #expect(loaded.deadlines == defaults.deadlines)
        #expect(loaded.data == defaults.data)
        #expect(loaded.backbones == defaults.backbones)
        #expect(loaded.archives == defaults.archives)
        #expect(loaded.imports == defaults.imports)
        #expect(loaded.training == defaults.training)
        #expect(loaded.tensorboard == defaults.tensorboard)
        #expect(loaded.classify == defaults.classify)
        #expect(loaded.models == defaults.models)
        #expect(loaded.log == defaults.log)
    }

    @Test func everySettingHasACommentAboveIt() throws {
        let text = try String(contentsOf: Self.file, encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= 120 })
        let loaded = try ServerSettings.load(file: Self.file)
        for setting in Setting.all {
            guard case .file(_, let line?) = loaded.origins[setting.key] else { continue }
            let above = lines[line - 2].drop { $0 == " " }
            #expect(above.hasPrefix("# ") && above.count > 10, "\(setting.key), line \(line), has no comment")
        }
    }

    @Test func theOrderIsThatOfTheTable() throws {
        let loaded = try ServerSettings.load(file: Self.file)
        let lines = Setting.all.compactMap { setting -> Int? in
            guard case .file(_, let line) = loaded.origins[setting.key] else { return nil }
            return line
        }
        #expect(lines == lines.sorted())
    }

    /// PyYAML reads YAML 1.1, where more words are Bools and numbers than in YAML 1.2.
    @Test func anotherReaderSeesTheSameKeysAndValues() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c",
            "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1], encoding='utf-8'))))",
            Self.file.path,
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let json = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            return printSkipped("config/regraft.yaml read by PyYAML", because: "python3 with yaml is not installed")
        }
        let root = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        var found: [String: Any] = [:]
        for (name, value) in root {
            guard let group = value as? [String: Any] else {
                found[name] = value
                continue
            }
            for (inner, value) in group { found["\(name).\(inner)"] = value }
        }
        #expect(found.keys.sorted() == Setting.all.map(\.key).sorted())
        for setting in Setting.all {
            let value = found[setting.key]
            switch setting.write(ServerSettings()) {
            case "true": #expect(value as? Bool == true, "\(setting.key)")
            case "false": #expect(value as? Bool == false, "\(setting.key)")
            case "[]": #expect((value as? [Any])?.isEmpty == true, "\(setting.key)")
            case let text:
                let bare = text.hasPrefix("\"") ? String(text.dropFirst().dropLast()) : text
                #expect((value as? String ?? (value as? Int).map { String($0) }) == bare, "\(setting.key)")
            }
        }
    }
}
