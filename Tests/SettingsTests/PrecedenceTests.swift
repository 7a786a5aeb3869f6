import Foundation
import TestSupport
import Testing

import Settings

struct PrecedenceTests {
    @Test func flagsOverEnvironmentOverFileOverDefaults() throws {
        let yaml = "server:\n  port: 1\n  host: '::1'\n  event_loops: 3\nlog: {level: debug}\n"
        let environment = ["REGRAFT_SERVER_PORT": "2", "REGRAFT_SERVER_HOST": "127.0.0.2", "HOME": "/"]
        let settings = try load(yaml, environment: environment, flags: ["server.port": "3"])
        #expect(settings.server.port == 3)
        #expect(settings.server.host == "127.0.0.2")
        #expect(settings.server.eventLoops == 3)
        #expect(settings.log.level == .debug)
        #expect(settings.limits.connections == 512)

        #expect(settings.origins["server.port"] == .flag("--port"))
        #expect(settings.origins["server.host"] == .environment("REGRAFT_SERVER_HOST"))
        guard case .file(_, line: 4) = settings.origins["server.event_loops"] else {
            Issue.record("wrong line")
            return
        }
        #expect(settings.origins["limits.connections"] == nil)
    }

    // What a later place says does not excuse what an earlier one says wrongly.
    @Test func anOverriddenValueMustBeRightToo() {
        let found = problems("server: {port: x}", environment: ["REGRAFT_SERVER_PORT": "1"])
        #expect(found == ["regraft.yaml:1: server.port is 'x'; it must be a whole number from 0 to 65535."])
    }

    @Test func listsOfTheEnvironmentHaveCommas() throws {
        let settings = try ServerSettings.load(environment: [
            "REGRAFT_SERVER_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
            "REGRAFT_API_KEYS": "laptop:\(hash("A")),phone:\(hash("b")):classify",
        ])
        #expect(settings.server.trustedProxies == ["10.0.0.0/8", "::1"])
        #expect(
            settings.apiKeys == [
                APIKey(name: "laptop", sha256: hash("a"), role: .admin),
                APIKey(name: "phone", sha256: hash("b"), role: .classify),
            ])
        let emptied = try load(
            "server:\n  cors_origins: ['*']", environment: ["REGRAFT_SERVER_CORS_ORIGINS": ""])
        #expect(emptied.server.corsOrigins.isEmpty)
    }

    // Groups whose lines are all comments, a file of comments, and no file at all.
    @Test(arguments: ["", "# nothing\n", "server:\n  # port: 1\n", "---\n...\n", "\u{FEFF}server: {port: 8080}\n"])
    func littleIsEnough(yaml: String) throws {
        #expect(try load(yaml).server == ServerSettings().server)
        #expect(try ServerSettings.load().server == ServerSettings().server)
    }

    // Variables that begin like settings and are none.
    @Test func variablesOfOthersAreLeftAlone() throws {
        let settings = try ServerSettings.load(environment: [
            "REGRAFT_DEPS": "/deps", "REGRAFT_BACKBONES": "/backbones", "REGRAFT_TEST_DATA": "/photos",
            "REGRAFT_API_KEY": "secret", "PATH": "/bin", "regraft_server_port": "1",
            // Kubernetes, for services called regraft and regraft-server.
            "REGRAFT_SERVICE_HOST": "10.0.0.1", "REGRAFT_SERVICE_PORT": "80", "REGRAFT_SERVICE_PORT_HTTP": "80",
            "REGRAFT_PORT": "tcp://10.0.0.1:80", "REGRAFT_PORT_80_TCP": "tcp://10.0.0.1:80",
            "REGRAFT_PORT_80_TCP_PROTO": "tcp", "REGRAFT_PORT_80_TCP_PORT": "80",
            "REGRAFT_PORT_80_TCP_ADDR": "10.0.0.1",
            "REGRAFT_SERVER_PORT": "tcp://10.0.0.1:80", "REGRAFT_SERVER_SERVICE_PORT": "80",
        ])
        #expect(settings.origins.isEmpty)
    }

    @Test func aFileIsCalledWhatItWasCalled() throws {
        let error = #expect(throws: SettingsError.self) {
            try ServerSettings.load(file: URL(fileURLWithPath: "no/such/file.yaml"))
        }
        let text = try #require(error?.description)
        #expect(text.hasPrefix("no/such/file.yaml: there is no such file"))
        #expect(error?.problems.first?.origin == .file("no/such/file.yaml", line: nil))
    }
}
