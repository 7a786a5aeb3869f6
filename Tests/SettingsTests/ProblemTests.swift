import Foundation
import TestSupport
import Testing

import Settings

struct ProblemTests {
    private static let port = "it must be a whole number from 0 to 65535."

    @Test(arguments: [
        ("REGRAFT_SERVER_PORT", "eighty", "is 'eighty'; \(port)"),
        ("REGRAFT_SERVER_PORT", "", "is ''; \(port)"),
        ("REGRAFT_LOG_ACCESS_LOG", "1", "is '1'; it must be true or false (write true)."),
        (
            "REGRAFT_SERVER_TRUSTED_PROXIES", "::1,,::2",
            "has '' in it; each must be an IP address or a range such as 10.0.0.0/8."
        ),
        ("REGRAFT_SERVER_PROT", "1", "is no setting; did you mean REGRAFT_SERVER_PORT?"),
        ("REGRAFT_PORT", "9000", "is no setting; did you mean REGRAFT_SERVER_PORT?"),
        ("REGRAFT_FROBNICATE", "secret", "is no setting; config/regraft.yaml lists them all."),
        ("REGRAFT_", "", "is no setting; config/regraft.yaml lists them all."),
    ])
    func wrongVariables(name: String, value: String, expected: String) {
        #expect(problems(environment: [name: value]) == ["\(name) \(expected)"])
    }

    @Test(arguments: [
        ("server.port", "x", "--port is 'x'; \(port)"),
        ("server.event_loops", "-1", "--set server.event_loops is '-1'; it must be a whole number from 0 to 1024."),
        ("server.prot", "1", "--set server.prot is no setting; did you mean server.port?"),
    ])
    func wrongFlags(key: String, value: String, expected: String) {
        #expect(problems(flags: [key: value]) == [expected])
    }

    @Test func allOfThemAreReportedTogether() {
        let yaml = """
            server:
              port: x
              port: 1
            log:
              level: loud
              colour: true
            server:
              host: 127.0.0.1
            import:
              allowed_addresses: [a,
                b]
            """
        let found = problems(
            yaml, environment: ["REGRAFT_LOG_FORMAT": "xml", "REGRAFT_X": ""],
            flags: ["data.directory": "", "log.x": ""])
        let places = found.map { $0.prefix { $0 != " " } }
        #expect(
            places == [
                "regraft.yaml:2:", "regraft.yaml:3:", "regraft.yaml:5:", "regraft.yaml:6:", "regraft.yaml:7:",
                "regraft.yaml:10:", "regraft.yaml:11:", "REGRAFT_LOG_FORMAT", "REGRAFT_X", "--data", "--set",
            ])
        #expect(SettingsError(problems: [.init(.builtIn, "a"), .init(.flag("--b"), "c")]).description == "a.\n--b c.")
    }
}
