public import HTTPTypes

/// One message of an event stream (WHATWG HTML, 9.2).
public struct ServerSentEvent: Sendable, Equatable {
    /// What a client that connects again sends in `Last-Event-ID`.
    public var id: String?
    /// The event's type; nil is `message`.
    public var event: String?
    /// Any text; each of its lines becomes a line of the stream.
    public var data: String

    public init(id: String? = nil, event: String? = nil, data: String) {
        self.id = id
        self.event = event
        self.data = data
    }

    /// As it stands in the stream. Line breaks in `id` and `event`, which the format has no way to write, become spaces.
    var encoded: String {
        var text = ""
        if let id { text += "id: \(Self.oneLine(id))\n" }
        if let event { text += "event: \(Self.oneLine(event))\n" }
        // Not by `Character`, to which CR LF is one; the format ends lines at CR, LF and CR LF.
        let lines = data.replacing("\r\n", with: "\n").unicodeScalars.split(omittingEmptySubsequences: false) {
            $0 == "\n" || $0 == "\r"
        }
        for line in lines { text += "data: \(String(line))\n" }
        return text + "\n"
    }

    static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }
}

/// Sends events. Several tasks may send.
public struct EventStream: Sendable {
    let writer: ResponseWriter

    /// Returns once the system has taken it, which is as fast as the client reads.
    /// - Throws: `ConnectionLost`.
    public func send(_ event: ServerSentEvent) async throws { try await writer.write(event.encoded) }

    /// Sends a comment, which programs pass over and people read. Line breaks become spaces.
    /// - Throws: `ConnectionLost`.
    public func comment(_ text: String) async throws {
        try await writer.write(": \(ServerSentEvent.oneLine(text))\n\n")
    }
}

extension Response {
    /// A stream of events, for as long as `produce` runs or the client listens.
    /// - Parameters:
    ///   - heartbeat: how often a comment is sent, so that neither end, nor a proxy between, takes a quiet stream for a
    ///     dead one.
    ///   - retry: after which time a client that was cut off should connect again.
    public static func events(
        heartbeat: Duration = .seconds(15), retry: Duration = .seconds(2),
        _ produce: @escaping @Sendable (EventStream) async throws -> Void
    ) -> Response {
        var response = Response(
            body: .stream { writer in
                try await writer.write("retry: \(Int(retry / .milliseconds(1)))\n\n")
                try await withThrowingTaskGroup { group in
                    group.addTask { try await produce(EventStream(writer: writer)) }
                    group.addTask {
                        while true {
                            try await Task.sleep(for: heartbeat)
                            try await writer.write(":\n\n")
                        }
                    }
                    defer { group.cancelAll() }
                    try await group.next()
                }
            })
        response.headers[.contentType] = "text/event-stream"
        response.headers[.cacheControl] = "no-store"
        response.headers[.xAccelBuffering] = "no"
        return response
    }
}

extension HTTPField.Name {
    /// Tells nginx to pass a stream on as it comes.
    public static let xAccelBuffering = HTTPField.Name("X-Accel-Buffering")!
    /// The last event that a client has seen of a stream.
    public static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
