extension ServerSettings {
    /// Whether nobody on another machine can connect.
    public var isLocalOnly: Bool { !server.unixSocket.isEmpty || NetworkText.isLoopback(server.host) }

    /// Refuses to serve other machines without an API key, unless that was asked for in so many words.
    public func checkAccess() throws(SettingsError) {
        guard !isLocalOnly, apiKeys.isEmpty, !server.allowOpenAccess else { return }
        throw SettingsError(problems: [
            .init(
                origins["server.host"] ?? .builtIn, key: "server.host",
                "is \(Given.quoted(server.host)), which other machines can reach, and there is no API key, so whoever "
                    + "reaches it could use and delete everything; add a key to api_keys, or listen on 127.0.0.1, or "
                    + "set server.allow_open_access to true if that is what you want")
        ])
    }
}
