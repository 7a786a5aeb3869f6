import Domain
import Foundation
import Jobs
import Storage
import TestSupport
import Testing

@Suite("Old logs", .timeLimit(.minutes(2)))
struct LogPruningTests {
    private let workplace: Workplace

    init() throws { workplace = try Workplace() }

    /// A log of a job that was over at some second, or is not over.
    private func job(overAt second: TimeInterval?, bytes: Int = 1) async throws -> JobID {
        let catalog = workplace.catalog
        let id = try await workplace.submitTraining()
        if let second {
            let (job, lease) = try #require(try await catalog.claim(.train, lease: 30, at: .now))
            #expect(job.id == id)
            _ = try await catalog.finish(lease, as: .failed, error: nil, at: Date(timeIntervalSince1970: second))
        }
        try workplace.folder.write(Data(count: bytes), to: "logs/\(id)/train/events")
        return id
    }

    private var left: Set<String> {
        get throws { Set(try FileManager.default.contentsOfDirectory(atPath: workplace.logs.folder.path)) }
    }

    private func prune(before second: TimeInterval = 0, atMost limit: Int = .max) async throws -> [JobID] {
        try await workplace.logs.prune(
            workplace.catalog, finishedBefore: Date(timeIntervalSince1970: second), atMost: limit)
    }

    @Test func goWhenTheirTimeIsOver() async throws {
        try await workplace.addPhotos(2)
        let (old, new) = (try await job(overAt: 100), try await job(overAt: 200))
        let waiting = try await job(overAt: nil)
        #expect(try await prune(before: 150) == [old])
        #expect(try left == [new.text, waiting.text])
    }

    @Test func goWithTheirJob() async throws {
        try await workplace.addPhotos(2)
        let (deleted, kept) = (try await job(overAt: 100), try await job(overAt: 100))
        try await workplace.catalog.deleteJob(deleted)
        #expect(try await prune() == [deleted])
        #expect(try left == [kept.text])
    }

    // The one that was over first goes first, whichever was submitted first; one that is not over never.
    @Test func goWhereThereAreTooMany() async throws {
        try await workplace.addPhotos(2)
        let late = try await job(overAt: 300, bytes: 1 << 20)
        let early = try await job(overAt: 200, bytes: 1 << 20)
        let running = try await job(overAt: nil, bytes: 4 << 20)
        #expect(try await prune(atMost: 7 << 20).isEmpty)
        #expect(try await prune(atMost: (5 << 20) + (1 << 18)) == [early])
        #expect(try left == [late.text, running.text])
        #expect(try await prune(atMost: 0) == [late])
        #expect(try left == [running.text])
    }

    // Nothing of Regraft's lies so deep; whoever has put it there may keep it.
    @Test func goBesideOneThatCannot() async throws {
        try await workplace.addPhotos(2)
        let stuck = try await job(overAt: 100)
        let others = [try await job(overAt: 100), try await job(overAt: 200)]
        let deep = "\(stuck)/train/" + Array(repeating: "d", count: 70).joined(separator: "/")
        try FileManager.default.createDirectory(
            at: workplace.logs.folder.appendingPathComponent(deep), withIntermediateDirectories: true)
        #expect(try await prune(before: 150) == [others[0]])
        #expect(try await prune(atMost: 0) == [others[1]])
        #expect(try left == [stuck.text])
    }

    @Test func areTheOnlyThingsThatGo() async throws {
        let folder = workplace.folder
        try folder.write("mine", to: "logs/notes/kept")
        try folder.write("mine", to: "logs/job_of_mine/kept")
        try folder.write("mine", to: "logs/JOB_01m87ck1b81grxgncj69dqpgs1/kept")
        try folder.write("mine", to: "outside/kept")
        let id = JobID(at: .now)
        try FileManager.default.createSymbolicLink(
            at: workplace.logs.folder.appendingPathComponent(id.text),
            withDestinationURL: folder.url.appendingPathComponent("outside"))
        let before = try left
        #expect(try await prune(before: 1e12, atMost: 0).isEmpty)
        #expect(try left == before && before.count == 4)
        #expect(FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("outside/kept").path))
    }

    @Test func areNoneBeforeThereIsAFolder() async throws {
        #expect(try await prune(before: 1e12, atMost: 0).isEmpty)
    }
}
