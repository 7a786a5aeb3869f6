import Foundation
import TestSupport
import Testing

import Settings

struct DescriptionTests {
    @Test func saysWhereEachValueComesFrom() throws {
        let yaml = "limits:\n  upload_bytes: 2048 MiB\n"
        let environment = ["REGRAFT_DATA_DIRECTORY": "/a \"b\""]
        let text = try load(yaml, environment: environment, flags: ["server.port": "0"]).describe()
        // One space before comments, and no folder in them.
        let lines = text.split(separator: "\n").map {
            String($0.replacing(/[ ]+#/, with: " #").replacing(/# .*\//, with: "# "))
        }
        #expect(lines.first == "server:")
        for expected in [
            "  host: \"127.0.0.1\" # default", "  port: 0 # --port", "api_keys: [] # default",
            "  upload_bytes: 2 GiB # regraft.yaml:2", "  directory: \"/a \\\"b\\\"\" # REGRAFT_DATA_DIRECTORY",
            "  event_retention: 30d # default", "  promotion: latest # default",
        ] {
            #expect(lines.contains(expected), "\(expected)")
        }
    }

    @Test func isAFileWithTheSameSettings() throws {
        let settings = try ServerSettings.load(flags: [
            "server.trusted_proxies": "::1,10.0.0.0/8", "deadlines.idle": "1500ms", "limits.drained_body": "0",
            "limits.chunk_line": "1000", "deadlines.linger": "0s", "data.directory": #"back\slash "quoted" #1"#,
            "models.promotion": "if-better", "log.access_log": "false",
        ])
        let again = try load(settings.describe())
        for setting in Setting.all { #expect(setting.write(again) == setting.write(settings)) }
        #expect(again.data == settings.data)
        #expect(again.deadlines.idle == .milliseconds(1500))
        #expect(again.server.trustedProxies == ["::1", "10.0.0.0/8"])
    }

    @Test func keysAreLeftOut() throws {
        let settings = try ServerSettings.load(environment: ["REGRAFT_API_KEYS": "laptop:\(hash("a")):classify"])
        let text = settings.describe()
        #expect(text.contains("api_keys: [{name: \"laptop\", sha256: redacted, role: classify}]  # REGRAFT_API_KEYS"))
        #expect(!text.contains("aaaa"))
    }
}
