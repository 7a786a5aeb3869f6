import Testing

import Settings

struct AccessTests {
    @Test(arguments: ["127.0.0.1", "127.255.0.9", "::1", "[::1]", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "localhost"])
    func loopbackNeedsNoKey(host: String) throws {
        let settings = try ServerSettings.load(flags: ["server.host": host])
        #expect(settings.isLocalOnly)
        try settings.checkAccess()
    }

    @Test(arguments: [
        "0.0.0.0", "::", "192.168.1.5", "128.0.0.1", "::ffff:10.0.0.1", "::2", "fe80::1", "1::1", "::127.0.0.1",
    ])
    func otherHostsNeedAKeyOrPermission(host: String) throws {
        var settings = try ServerSettings.load(environment: ["REGRAFT_SERVER_HOST": host])
        #expect(!settings.isLocalOnly)
        let error = #expect(throws: SettingsError.self) { try settings.checkAccess() }
        #expect(
            error?.description
                == "REGRAFT_SERVER_HOST is '\(host)', which other machines can reach, and there is no API key, so "
                + "whoever reaches it could use and delete everything; add a key to api_keys, or listen on 127.0.0.1, "
                + "or set server.allow_open_access to true if that is what you want.")

        settings.server.allowOpenAccess = true
        try settings.checkAccess()
        settings.server.allowOpenAccess = false
        settings.apiKeys = [APIKey(name: "a", sha256: hash("a"))]
        try settings.checkAccess()
        settings.apiKeys = []
        settings.server.unixSocket = "/run/regraft.sock"
        try settings.checkAccess()
    }
}
