/// `uri-host [ ":" port ]` (RFC 9110, 7.2) in its parts, in lower case.
struct HostName: Equatable {
    /// An IPv6 address without its brackets.
    let host: String
    /// As it was written; nil where it is left out.
    let port: String?

    /// - Parameter text: what has been found to be of that form.
    init(_ text: some StringProtocol) {
        let text = text.lowercased()
        let afterHost = text.hasPrefix("[") ? text.firstIndex(of: "]").map(text.index(after:)) : nil
        let colon = text[(afterHost ?? text.startIndex)...].firstIndex(of: ":")
        let host = text[..<(colon ?? text.endIndex)]
        self.host = afterHost == nil ? String(host) : String(host.dropFirst().dropLast())
        port = colon.map { String(text[text.index(after: $0)...]) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// 127.0.0.0/8, ::1, and `localhost`, which no other machine's name may be (RFC 6761, 6.3).
    var isLoopback: Bool { host == "localhost" || IPAddress(host)?.isLoopback == true }
}
