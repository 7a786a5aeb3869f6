import Domain
import Foundation
import Jobs
import TestSupport
import Testing

@Suite("The queue", .timeLimit(.minutes(2)))
struct QueueTests {
    // Higher priorities first, and those of one in the order in which they came.
    @Test func runsInOrder() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos(4)
        let begun = Mutexed<[JobID]>([])
        workplace.listen { _, job, event in
            if case .state(.running, .extract, _) = event { begun.change { $0.append(job) } }
        }
        var ids: [JobID] = []
        for priority in [0, 5, 0, -3, 5] {
            ids.append(try await workplace.submitTraining(model: "m\(ids.count)", priority: priority))
        }
        try await workplace.running { for id in ids { try await workplace.end(of: id) } }
        #expect(begun.value == [1, 4, 0, 2, 3].map { ids[$0] })
    }

    // An upload does not wait behind a long training, and as many trainings run as there are lanes for them.
    @Test func hasLanes() async throws {
        let latch = Latch()
        let workplace = try Workplace(trainings: 2) { _, _ in latch.wait() }
        try await workplace.addPhotos(4)
        try await workplace.running {
            var trainings: [JobID] = []
            for number in 0..<3 { trainings.append(try await workplace.submitTraining(model: "m\(number)")) }
            try await workplace.until { workplace.runner.runningCount == 2 && latch.count == 2 }
            let ingest = try await workplace.submitIngest(MadeArchive.zip(colours: 2), "other")
            #expect(try await workplace.end(of: ingest).state == .succeeded)
            #expect(try await workplace.catalog.job(trainings[2])?.state == .queued)
            latch.open()
            for id in trainings { #expect(try await workplace.end(of: id).state == .succeeded) }
        }
    }

    // What a job says is under numbers without gaps, from its phases to its end.
    @Test func tellsHowFarItIs() async throws {
        let workplace = try Workplace()
        let ingest = try await workplace.submitIngest(MadeArchive.zip(colours: 8))
        try await workplace.running {
            #expect(try await workplace.end(of: ingest).state == .succeeded)
            let training = try await workplace.submitTraining { $0.distortions.flipLeftRight = true }
            let job = try await workplace.end(of: training)
            #expect(job.state == .succeeded && job.modelVersion == 1 && job.metrics.trainAccuracy != nil)
            let events = try await workplace.events(of: training)
            #expect(events.map(\.sequence) == Array(1...events.count))
            let phases = events.filter { $0.kind == .state }.map { $0.data }
            for (phase, data) in zip(["extract", "fit", "evaluate", "publish"], phases) {
                #expect(data == #"{"attempt":1,"phase":"\#(phase)","state":"running"}"#)
            }
            #expect(phases.count == 4 && events.contains { $0.kind == .metric })
            #expect(events.last?.kind == .done && events.last?.data.contains(#""model_version":1"#) == true)
        }
    }
}
