import Domain
import Foundation
import HTTP
import HTTPTypes
import Jobs
import Storage

/// `/v1/jobs/{job}/events`: a job's life as it happens, and from any point of it on, as Server-Sent Events or as a line of JSON
/// each.
struct JobEventRoutes: Sendable {
    private let environment: APIEnvironment
    private var catalog: any Catalog { environment.catalog }
    private static let heartbeat = Duration.seconds(15)

    init(_ environment: APIEnvironment) { self.environment = environment }

    func register(_ router: inout Router) { router.get("/v1/jobs/{job}/events", events) }

    private func events(_ request: Request) async throws -> Response {
        var query = FieldReader(query: request.query)
        let after = query.integer("after", in: 0...Int.max)
        try query.finish()
        let job = try await JobRoutes.job(request, catalog)
        // There is a number after it, whatever a client claims to have seen.
        let start = min(try Self.lastSeen(request) ?? after ?? 0, .max - 1)
        if job.state.isFinal, start > 0, try await hasSeenTheEnd(job.id, start) {
            // What tells an EventSource not to connect again; readers of lines have had their `done` too.
            return Response(status: .noContent)
        }
        if Self.wantsLines(request) {
            var response = Response(
                body: .stream { writer in
                    try await Self.withHeartbeat(writer) {
                        // Readers of lines know nothing but events: the end without `done` must tell them.
                        _ = try await follow(job.id, after: start) { event in
                            try await writer.write(Self.line(event))
                        }
                    }
                })
            response.headers[.contentType] = "application/x-ndjson"
            response.headers[.cacheControl] = "no-store"
            response.headers[.xAccelBuffering] = "no"
            return response
        }
        return .events(heartbeat: Self.heartbeat) { stream in
            let isOver = try await follow(job.id, after: start) { event in
                try await stream.send(
                    ServerSentEvent(
                        id: "\(event.sequence)", event: event.kind.rawValue, data: event.data))
            }
            if !isOver {
                try await stream.comment(
                    "The server is stopping; the job goes on when it runs again. Connect again then.")
            }
        }
    }

    /// Whether the event of that number is the last one, or was.
    private func hasSeenTheEnd(_ id: JobID, _ seen: Int) async throws -> Bool {
        let events = try await catalog.events(of: id, after: seen - 1, limit: 2)
        return events.isEmpty || (events.count == 1 && events[0].sequence == seen && events[0].kind == .done)
    }

    private static func lastSeen(_ request: Request) throws(Problem) -> Int? {
        guard let text = request.headers[.lastEventID], !text.isEmpty else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw Problem(.badRequest, "The Last-Event-ID must be the number of an event.")
        }
        return number
    }

    private static func wantsLines(_ request: Request) -> Bool {
        let accepted = (request.headers[.accept] ?? "").lowercased()
        return ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/json"]
            .contains { accepted.contains($0) } && !accepted.contains("text/event-stream")
    }

    private static func line(_ event: JobEvent) -> String {
        "{\"id\":\(event.sequence),\"event\":\"\(event.kind.rawValue)\",\"at\":\"\(event.at.rfc3339)\",\"data\":\(event.data)}\n"
    }

    /// Sends what has happened and then what happens, until the job is over or the server stops.
    /// - Returns: whether the job is over.
    private func follow(
        _ id: JobID, after start: Int, _ send: (JobEvent) async throws -> Void
    ) async throws -> Bool {
        var last = start
        while true {
            // Asked for before it is looked what there is, so that nothing falls between.
            let changes = environment.hub.changes(of: id)
            var changed = changes.makeAsyncIterator()
            while true {
                let isOpen = environment.hub.isOpen(id)
                let job = try await catalog.job(id)
                let events = try await catalog.events(of: id, after: last, limit: 200)
                for event in events {
                    try await send(event)
                    last = event.sequence
                    if event.kind == .done { return true }
                }
                if !events.isEmpty { continue }
                guard let job else { return true }
                if job.state.isFinal, !isOpen {
                    // The server was killed between its end and the event, or the events have been dropped since.
                    try await send(JobEvent(endOf: job, sequence: last + 1, at: job.finishedAt ?? .now))
                    return true
                }
                if environment.hub.isDismissed { return false }
                if await changed.next() == nil { break }
            }
            if environment.hub.isDismissed { return false }
            // Nobody runs it at the moment: it waits.
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    private static func withHeartbeat(_ writer: ResponseWriter, _ body: @escaping @Sendable () async throws -> Void)
        async throws
    {
        try await withThrowingTaskGroup { group in
            group.addTask { try await body() }
            group.addTask {
                while true {
                    try await Task.sleep(for: heartbeat)
                    // An empty line is none of JSON's, and readers of lines pass it over.
                    try await writer.write("\n")
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
