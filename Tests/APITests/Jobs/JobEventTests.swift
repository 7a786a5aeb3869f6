import Domain
import Foundation
import HTTPTestSupport
import TestSupport
import Testing

/// `/v1/jobs/{job}/events`, as Server-Sent Events (WHATWG HTML, 9.2) and as lines of JSON.
struct JobEventTests {
    private static let lines = ["Accept": "application/x-ndjson"]

    /// The fields of each event of an event stream.
    private func events(_ stream: String) -> [[String: String]] {
        stream.components(separatedBy: "\n\n").map { block in
            block.split(separator: "\n").reduce(into: [:]) { fields, line in
                let parts = line.split(separator: ":", maxSplits: 1)
                if parts.count == 2 { fields[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces) }
            }
        }.filter { $0["event"] != nil }
    }

    /// A job that is over, with four events of its life.
    private func finishedJob(_ api: TestAPI) async throws -> String {
        try await api.addDataset("n", photos: 1)
        let job = JobID(text: try await api.train("n"))
        let lease = try await api.claim(.train)
        let kinds: [JobEvent.Kind] = [.state, .progress, .warning, .done]
        let events = kinds.enumerated().map { JobEvent(sequence: $0 + 1, kind: $1, at: .now, data: #"{"n":\#($0)}"#) }
        try await api.catalog.append(events, to: job)
        _ = try await api.catalog.finish(lease, as: .failed, error: nil, at: .now)
        return job.text
    }

    @Test func replaysFromAnyEventOn() async throws {
        try await TestAPI.with { api in
            let path = "/v1/jobs/\(try await finishedJob(api))/events"
            let all = try await api.get(path)
            #expect(all.status == 200 && all.fields["content-type"]?.hasPrefix("text/event-stream") == true)
            #expect(all.fields["x-accel-buffering"] == "no" && all.fields["cache-control"] != nil)
            #expect(events(all.text).map { $0["id"] } == ["1", "2", "3", "4"], "\(all.text)")
            #expect(events(all.text).map { $0["event"] } == ["state", "progress", "warning", "done"])
            #expect(events(all.text).first?["data"] == #"{"n":0}"#)
            let lines = try await api.get(path, Self.lines)
            #expect(lines.fields["content-type"] == "application/x-ndjson" && lines.fields["x-accel-buffering"] == "no")
            let every = lines.text.split(separator: "\n").map { Answer(status: 0, text: String($0)) }
            #expect(
                every.map { $0.integer("id") } == [1, 2, 3, 4] && every.map { $0.integer("data.n") } == [0, 1, 2, 3])
            for seen in 0...3 {
                let field = ["Last-Event-ID": "\(seen)"]
                let rest = try await api.get(path, field)
                #expect(events(rest.text).compactMap { $0["id"].flatMap(Int.init) } == Array(1...4).suffix(4 - seen))
                let more = try await api.get("\(path)?after=\(seen)", Self.lines)
                #expect(more.text.split(separator: "\n").count == 4 - seen, "\(more.text)")
            }
        }
    }

    // WHATWG HTML, 9.2.1: 204 tells an EventSource not to connect again. Readers of lines are not told of the end twice.
    @Test func hasNothingForWhoHasSeenTheEnd() async throws {
        try await TestAPI.with { api in
            let path = "/v1/jobs/\(try await finishedJob(api))/events"
            for fields in [[:], Self.lines] {
                for seen in ["4", "5"] {
                    let answer = try await api.get(path, fields.merging(["Last-Event-ID": seen]) { $1 })
                    #expect(answer.status == 204 && answer.text.isEmpty, "\(fields) \(answer.text)")
                }
            }
        }
    }

    // Its runs were all killed, so the catalog has said that it is over: a watcher that connects again hears of it.
    @Test func endsForAJobThatNobodyRuns() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 1)
            let job = try await api.train("n")
            for attempt in 1...3 {
                _ = try await api.claim(.train)
                let event = JobEvent(sequence: attempt, kind: .state, at: .now, data: "{}")
                try await api.catalog.append([event], to: JobID(text: job))
                _ = try await api.catalog.recover(at: .now)
            }
            for (seen, ids) in [("0", ["1", "2", "3", "4"]), ("2", ["3", "4"]), ("3", ["4"])] {
                let stream = try await api.get("/v1/jobs/\(job)/events", ["Last-Event-ID": seen])
                #expect(stream.status == 200 && events(stream.text).compactMap { $0["id"] } == ids, "\(stream.text)")
                #expect(events(stream.text).last?["event"] == "done")
                #expect(events(stream.text).last?["data"]?.contains("interrupted") == true)
            }
            #expect(try await api.get("/v1/jobs/\(job)/events", ["Last-Event-ID": "4"]).status == 204)
        }
    }

    // The server was killed between the end and the event that says so.
    @Test func endsForAJobWhoseEndWasNotTold() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 1)
            let job = JobID(text: try await api.train("n"))
            let lease = try await api.claim(.train)
            try await api.catalog.append([JobEvent(sequence: 1, kind: .state, at: .now, data: "{}")], to: job)
            _ = try await api.catalog.finish(lease, as: .failed, error: nil, at: .now)
            for seen in ["0", "1"] {
                let stream = try await api.get("/v1/jobs/\(job)/events", ["Last-Event-ID": seen])
                #expect(events(stream.text).last?["event"] == "done" && events(stream.text).last?["id"] == "2")
            }
            #expect(try await api.get("/v1/jobs/\(job)/events", ["Last-Event-ID": "2"]).status == 204)
        }
    }

    // Nobody ran it, so nobody else has said that it is over.
    @Test func endsForAJobThatWasCancelledInTheQueue() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 1)
            let job = try await api.train("n")
            _ = try await api.ask("POST", "/v1/jobs/\(job)/cancel")
            let lines = try await api.follow(job)
            #expect(lines.count == 1 && lines[0].contains(#""state":"cancelled""#), "\(lines)")
            let stream = try await api.get("/v1/jobs/\(job)/events")
            #expect(events(stream.text).map { $0["event"] } == ["done"], "\(stream.text)")
        }
    }

    // Who claims to have seen more than there is still hears of the end, of which there is a number left.
    @Test func endsForWhoClaimsToHaveSeenAll() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 1)
            let job = try await api.train("n")
            let path = "/v1/jobs/\(job)/events"
            async let byQuery = api.get("\(path)?after=\(Int.max)")
            async let byField = api.get(path, Self.lines.merging(["Last-Event-ID": "\(Int.max)"]) { $1 })
            _ = try await api.ask("POST", "/v1/jobs/\(job)/cancel")
            #expect(try await [200, 204].contains(byQuery.status))
            #expect(try await [200, 204].contains(byField.status))
            #expect(try await api.get("/livez").status == 200)
        }
    }

    // A person who reads along must not take the server's end for the job's.
    @Test func saysThatTheServerStops() async throws {
        try await TestAPI.with { api in
            try await api.addDataset("n", photos: 1)
            let path = "/v1/jobs/\(try await api.train("n"))/events"
            api.environment.hub.dismiss()
            let stream = try await api.get(path)
            #expect(stream.status == 200 && events(stream.text).isEmpty)
            #expect(stream.text.contains(": The server is stopping; the job goes on"), "\(stream.text)")
            let lines = try await api.get(path, Self.lines)
            #expect(lines.status == 200 && lines.text.isEmpty)
        }
    }

    @Test func refusesPlacesThatAreNone() async throws {
        try await TestAPI.with { api in
            let path = "/v1/jobs/\(try await finishedJob(api))/events"
            for seen in ["x", "-1", "1.5", "99999999999999999999"] {
                let answer = try await api.get(path, ["Last-Event-ID": seen])
                expect(answer, 400, "bad-request", saying: "Last-Event-ID", in: seen)
                expect(
                    try await api.get("\(path)?after=\(seen)"), 400, "invalid-parameters", saying: "'after'", in: seen)
            }
            // The field wins: an EventSource connects again to the address that it was given.
            let answer = try await api.get("\(path)?after=1", ["Last-Event-ID": "3"])
            #expect(events(answer.text).map { $0["id"] } == ["4"])
        }
    }

    // As it happens, and again from the start: the same events under the same numbers.
    @Test func followsARunningJob() async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            try await api.addDataset("n")
            let job = try await api.train("n")
            let live = try await api.follow(job)
            #expect(live.last?.contains(#""event":"done""#) == true, "\(live)")
            #expect(live.last?.contains(#""state":"succeeded""#) == true, "\(live)")
            #expect(try await api.follow(job) == live)
            let numbers = live.map { Answer(status: 0, text: $0).integer("id") }
            #expect(numbers == Array(1...numbers.count))
            let stream = try await api.get("/v1/jobs/\(job)/events")
            #expect(events(stream.text).map { $0["id"] } == numbers.map { "\($0)" })
        }
    }
}
