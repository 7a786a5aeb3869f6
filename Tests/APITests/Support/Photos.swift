import Domain
import Foundation
import Storage
import TestSupport

/// Photos that the stub engine can tell apart: mostly red, green or blue.
enum Photos {
    static let colours = ["red", "green", "blue"]

    static func photo(_ colour: String, _ number: Int = 0) -> Data {
        let bright = colours.firstIndex(of: colour)
        return MadePicture(width: 16, height: 16) { x, y, channel in
            (channel == bright ? 180 : 20) + (number * 7 + x * y) % 40
        }.png()
    }

    static let noPhoto = Data("no picture at all".utf8)

    /// Begins as a PNG and ends in the middle.
    static let tornPhoto = photo("red").prefix(300)
}

extension TestAPI {
    /// Makes a dataset, a version a label.
    func addDataset(_ name: String, labels: [String] = ["red", "blue"], photos count: Int = 10) async throws {
        for label in labels {
            let files = (0..<count).map { (name: "\($0).png", bytes: Photos.photo(label, $0)) }
            let answer = try await post("/v1/datasets/\(name)/images?label=\(label)", Form(files))
            guard answer.status == 201 else { throw Unexpected(answer) }
        }
    }

    /// Queues a training; with somebody who runs jobs, `follow` waits for it.
    func train(_ dataset: String, _ more: String = "") async throws -> String {
        let answer = try await json("POST", "/v1/jobs", #"{"dataset": "\#(dataset)"\#(more)}"#)
        guard answer.status == 202 else { throw Unexpected(answer) }
        return answer.string("id")
    }

    /// A job's events, a line of JSON each; waits for its end.
    func follow(_ job: String) async throws -> [String] {
        try await get("/v1/jobs/\(job)/events", ["Accept": "application/x-ndjson"]).text
            .split(separator: "\n").map(String.init)
    }

    /// A dataset, and a model of the same name with so many versions.
    func addModel(_ name: String, versions: Int = 1) async throws {
        try await addDataset(name)
        for seed in 0..<versions {
            let events = try await follow(train(name, #", "seed": \#(seed)"#))
            guard events.last?.contains(#""state":"succeeded""#) == true else {
                throw Unexpected(Answer(status: 0, text: events.joined(separator: "\n")))
            }
        }
    }

    /// Makes a queued job a running one, which nobody works at.
    func claim(_ kind: Job.Kind) async throws -> JobLease {
        guard let claim = try await catalog.claim(kind, lease: 3600, at: .now) else {
            throw Unexpected(Answer(status: 0, text: "no job to claim"))
        }
        return claim.lease
    }
}

/// An answer that the preparation of a test has not bargained for.
struct Unexpected: Error, CustomStringConvertible {
    let answer: Answer
    init(_ answer: Answer) { self.answer = answer }
    var description: String { "\(answer.status) \(answer.text)" }
}
