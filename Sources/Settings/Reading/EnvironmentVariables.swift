/// The environment's part of the settings.
package enum EnvironmentVariables {
    /// Begin like settings and are something else: folders of the set-up, and the client's key.
    package static let reserved: Set<String> = [
        "REGRAFT_DEPS", "REGRAFT_BACKBONES", "REGRAFT_TEST_DATA", "REGRAFT_API_KEY",
    ]

    /// The names that could be settings, sorted.
    package static func names(in environment: [String: String]) -> [String] {
        environment.filter { name, value in
            name.hasPrefix(Setting.environmentPrefix) && !reserved.contains(name) && !isServiceLink(name, value)
        }.keys.sorted()
    }

    /// Whether Kubernetes has set it. In every pod near a service called `regraft`, or `regraft-server`, it sets
    /// `REGRAFT_SERVICE_HOST`, `REGRAFT_PORT_8080_TCP_ADDR`, and even `REGRAFT_SERVER_PORT`, to `tcp://10.0.0.1:8080`.
    private static func isServiceLink(_ name: String, _ value: String) -> Bool {
        if name.hasSuffix("_PORT") {
            return value.wholeMatch(of: /(tcp|udp|sctp):\/\/.*/) != nil || isServicePort(name)
        }
        return name.hasSuffix("_SERVICE_HOST") || isServicePort(name)
            || name.wholeMatch(of: /.*_PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|ADDR))?/) != nil
    }

    private static func isServicePort(_ name: String) -> Bool {
        name.wholeMatch(of: /.*_SERVICE_PORT(_[A-Z0-9_]+)?|.*_PORT_[0-9]+_(TCP|UDP|SCTP)_PORT/) != nil
    }
}
