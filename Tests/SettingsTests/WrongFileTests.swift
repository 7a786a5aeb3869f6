import Foundation
import TestSupport
import Testing

import Settings

struct WrongFileTests {
    private static let groups =
        "the groups are server, limits, deadlines, data, backbones, archives, import, training, tensorboard, classify, models, log."

    private static let cases: [FileCase] = [
        // Unknown names, with the nearest known one.
        FileCase("server:\n  prot: 80", "2: there is no setting 'server.prot'; did you mean server.port?"),
        FileCase(
            "server:\n  unix-socket: a", "2: there is no setting 'server.unix-socket'; did you mean server.unix_socket?"
        ),
        FileCase("sever:\n  port: 80", "1: there is no group 'sever'; did you mean server?"),
        FileCase("port: 80", "1: there is no setting 'port'; did you mean server.port?"),
        FileCase("log:\n  port: 80", "2: there is no setting 'log.port'; did you mean server.port?"),
        FileCase(
            "log: {frobnicate: 1}",
            "1: there is no setting 'log.frobnicate'; the settings of log are level, format, access_log."
        ),
        FileCase("frobnicate: 1", "1: there is no setting 'frobnicate'; \(groups)"),
        FileCase("frobnicate: {a: 1}", "1: there is no group 'frobnicate'; \(groups)"),
        FileCase("a: 1\nserver.port: 80", "2: server.port is written as 'port:' below 'server:', indented."),
        // The file's shape.
        FileCase("server: 80", "1: server is '80'; its settings go below it, indented."),
        FileCase("server:\n- port", "1: server is a list; its settings go below it, indented."),
        FileCase("- server", "1: the file must consist of groups such as 'server:'."),
        FileCase("80", "1: the file must consist of groups such as 'server:'."),
        // Names that stand twice, in every way of writing them.
        FileCase(
            "server:\n  port: 1\n  host: ::1\n  port: 2",
            "4: 'server.port' stands here again, after line 2; keep one."
        ),
        FileCase(
            "server:\n  port: 1\nlog:\nserver:\n  port: 2",
            "4: 'server' stands here again, after line 1; keep one."
        ),
        FileCase(
            "server:\n  \"port\": 1\n  'port': 2", "3: 'server.port' stands here again, after line 2; keep one."
        ),
        FileCase(
            "# Öl 🛢\r\nserver: {port: 1,\r\n port: 2}",
            "3: 'server.port' stands here again, after line 2; keep one."
        ),
        FileCase("server: {a: &x 1, &y port: 1, port: 2}", "1: 'port' stands twice in one group."),
        // Not YAML.
        FileCase("server:\n  port: 1\n host: 2", "3: this is not valid YAML: did not find expected key."),
        FileCase("server:\n\tport: 1", "2: this is not valid YAML: found character that cannot start any token."),
        FileCase("server: *other", "1: this is not valid YAML: found undefined alias."),
        FileCase("server:\n---\nserver:", "2: this is not valid YAML: but found another document."),
        FileCase("server:\n  host: \u{1}", "2: this is not valid YAML: control characters are not allowed."),
    ]

    @Test(arguments: cases)
    func isRefusedWithItsLine(_ example: FileCase) {
        #expect(problems(example.yaml).last == example.expected.map { "regraft.yaml:\($0)" })
    }

    @Test func moreThanTwoOfOne() {
        let found = problems("server:\n  port: 1\n  port: 2\n  port: 3\n  host: ::1\n  port: 4\n  host: ::2\n  prot: 1")
        #expect(
            found == [
                "regraft.yaml:3: 'server.port' stands here again, after line 2; keep one.",
                "regraft.yaml:4: 'server.port' stands here again, after line 2; keep one.",
                "regraft.yaml:6: 'server.port' stands here again, after line 2; keep one.",
                "regraft.yaml:7: 'server.host' stands here again, after line 5; keep one.",
                "regraft.yaml:8: there is no setting 'server.prot'; did you mean server.port?",
            ])
    }

    @Test func aFileThatIsNone() throws {
        let folder = try TemporaryFolder()
        for (file, sentence) in [
            (folder.url.appendingPathComponent("nosuch.yaml"), "there is no such file."),
            (folder.url, "this is a folder; name a YAML file such as config/regraft.yaml."),
        ] {
            let error = #expect(throws: SettingsError.self) { try ServerSettings.load(file: file) }
            #expect(error?.problems.count == 1)
            #expect(error?.description.hasSuffix(": \(sentence)") == true, "\(error?.description ?? "")")
        }
    }

    @Test func aFileThatIsNoText() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(Data([0x61, 0xFF, 0xFE]), to: "regraft.yaml")
        let error = #expect(throws: SettingsError.self) { try ServerSettings.load(file: file) }
        #expect(error?.problems.map(\.description) == ["\(file.path): the file is not UTF-8 text."])
    }
}
