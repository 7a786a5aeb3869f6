import Testing

import Settings

struct WrongValueTests {
    private static let port = "it must be a whole number from 0 to 65535."
    private static let drain = "it must be a duration from 0ms to 1h: a whole number with ms, s, m, h or d"
    private static let line =
        "it must be a size from 32 B to 64 KiB: a number of bytes, or one with B, KB, KiB, MB, MiB, GB, GiB, TB or TiB."

    private static let cases: [FileCase] = [
        // Numbers: no words, signs, fractions, other bases, separators; and their ends.
        FileCase("server:\n\n  port: eighty", "3: server.port is 'eighty'; \(port)"),
        FileCase("server: {port: 65536}", "1: server.port is '65536'; \(port)"),
        FileCase("server: {port: -1}", "1: server.port is '-1'; \(port)"),
        FileCase("server: {port: 0x50}", "1: server.port is '0x50'; \(port)"),
        FileCase("server: {port: 010}", "1: server.port is '010'; \(port)"),
        FileCase("server: {port: 8.0}", "1: server.port is '8.0'; \(port)"),
        FileCase("server: {port: 99999999999999999999}", "1: server.port is '99999999999999999999'; \(port)"),
        FileCase("server: {port: [80]}", "1: server.port is a list; \(port)"),
        FileCase("server:\n  port:\n    number: 80", "2: server.port is a group of settings; \(port)"),
        FileCase("server:\n  port:\n  host: ::1", "2: server.port has no value; \(port)"),
        FileCase("server: {port: ~}", "1: server.port has no value; \(port)"),
        FileCase("server: {port: \"\"}", "1: server.port is ''; \(port)"),
        // Sizes.
        FileCase("limits: {chunk_line: 1 Kb}", nil), FileCase("limits: {chunk_line: 1024}", nil),
        FileCase("limits: {chunk_line: 65536}", nil),
        FileCase("limits: {chunk_line: 65537}", "1: limits.chunk_line is '65537'; \(line)"),
        FileCase("limits: {chunk_line: 1.5 KiB}", "1: limits.chunk_line is '1.5 KiB'; \(line)"),
        FileCase("limits: {chunk_line: 1 KiBs}", "1: limits.chunk_line is '1 KiBs'; \(line)"),
        FileCase("limits: {chunk_line: 9999999 TiB}", "1: limits.chunk_line is '9999999 TiB'; \(line)"),
        FileCase("limits: {chunk_line: KiB}", "1: limits.chunk_line is 'KiB'; \(line)"),
        // Durations.
        FileCase("deadlines: {drain: 3600s}", nil), FileCase("deadlines: {drain: 0s}", nil),
        FileCase("deadlines: {drain: 30}", "1: deadlines.drain is '30'; \(drain) (its unit is missing)."),
        FileCase("deadlines: {drain: 61m}", "1: deadlines.drain is '61m'; \(drain)."),
        FileCase("deadlines: {drain: 1h30m}", "1: deadlines.drain is '1h30m'; \(drain)."),
        // Bools: YAML 1.1 has more of them, and they are why this is strict.
        FileCase("log: {access_log: \"true\"}", nil),
        FileCase("log: {access_log: yes}", "1: log.access_log is 'yes'; it must be true or false (write true)."),
        FileCase("log: {access_log: Off}", "1: log.access_log is 'Off'; it must be true or false (write false)."),
        FileCase("log: {access_log: True}", "1: log.access_log is 'True'; it must be true or false (write true)."),
        FileCase("log: {access_log: maybe}", "1: log.access_log is 'maybe'; it must be true or false."),
        // Words of a list.
        FileCase("models: {promotion: best}", "1: models.promotion is 'best'; it must be latest, if-better or manual."),
        FileCase("training: {default_fit: Crop}", "1: training.default_fit is 'Crop'; it must be crop, squash, pad or auto."),
        FileCase("log: {format: xml}", "1: log.format is 'xml'; it must be json or text."),
        // Addresses, paths, names.
        FileCase(
            "server: {host: example.org}", "1: server.host is 'example.org'; it must be an IP address or localhost."),
        FileCase("server: {host: 127.1}", "1: server.host is '127.1'; it must be an IP address or localhost."),
        FileCase("server: {host: '[::1]'}", nil), FileCase("server: {host: localhost}", nil),
        FileCase("server: {unix_socket: \(String(repeating: "é", count: 53))s}", nil),
        FileCase(
            "server: {unix_socket: \(String(repeating: "é", count: 54))}",
            "1: server.unix_socket is '\(String(repeating: "é", count: 54))'; it must be the path of a socket, of at "
                + "most 107 bytes, or \"\" for none."),
        FileCase("data: {directory: ''}", "1: data.directory is ''; it must be the path of a folder."),
        FileCase(
            "data: {directory: \"a\\u0007b\"}", "1: data.directory is 'a\u{FFFD}b'; it must be the path of a folder."),
        FileCase(
            "training: {default_backbone: a/b}",
            "1: training.default_backbone is 'a/b'; it must be a name of letters, digits, '.', '_' and '-'."
        ),
        // Lists: each wrong entry by its own line.
        FileCase(
            "import:\n  allowed_addresses:\n    - 10.0.0.0/8\n    - 10.0.0.0/33\n    - ::1/128",
            "4: import.allowed_addresses has '10.0.0.0/33' in it; each must be an IP address or a range such as "
                + "10.0.0.0/8."
        ),
        FileCase(
            "import: {allowed_addresses: 10.0.0.0/8}",
            "1: import.allowed_addresses is '10.0.0.0/8'; it must be a list of addresses and ranges such as "
                + "10.0.0.0/8, or [] for none."
        ),
        FileCase("server: {cors_origins: ['*', 'http://[::1]:80', https://a.example.org]}", nil),
        FileCase(
            "server: {cors_origins: [https://example.org/]}",
            "1: server.cors_origins has 'https://example.org/' in it; each must be '*' or an origin such as "
                + "https://example.org, without a path."
        ),
        FileCase(
            "server: {cors_origins: [[]]}",
            "1: server.cors_origins has an entry that is no text in it; each must be '*' or an origin such as "
                + "https://example.org, without a path."
        ),
        // A value that would fill the screen, or obey.
        FileCase(
            "log: {level: \(String(repeating: "x", count: 100))}",
            "1: log.level is '\(String(repeating: "x", count: 57))…'; it must be trace, debug, info, notice, warning, "
                + "error or critical."
        ),
    ]

    @Test(arguments: cases)
    func isRefusedWithItsLine(_ example: FileCase) {
        #expect(problems(example.yaml) == [example.expected].compactMap { $0.map { "regraft.yaml:\($0)" } })
    }
}
