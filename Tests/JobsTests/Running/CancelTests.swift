import Domain
import Foundation
import Jobs
import Storage
import TestSupport
import Testing

@Suite("Cancelling", .timeLimit(.minutes(2)))
struct CancelTests {
    static let phases: [Job.Phase] = [.ingest, .extract, .fit, .evaluate, .publish]

    // As soon as a phase begins, when all of its work is still to come.
    @Test(arguments: phases)
    func endsEveryPhase(_ phase: Job.Phase) async throws {
        let workplace = try Workplace()
        workplace.listen { workplace, job, event in
            if case .state(.running, phase, _) = event { workplace.runner.cancel(job) }
        }
        let id: JobID
        if phase == .ingest {
            id = try await workplace.submitIngest(MadeArchive.zip(colours: 60))
        } else {
            try await workplace.addPhotos(60)
            id = try await workplace.submitTraining {
                // Without an end of its own.
                if phase == .fit { ($0.recipe, $0.steps) = (.retrain, 1_000_000_000) }
            }
        }
        let job = try await workplace.running { try await workplace.end(of: id) }
        #expect(job.state == .cancelled && job.error == nil && job.finishedAt != nil && job.attempt == 1)
        let events = try await workplace.events(of: id)
        #expect(events.last?.kind == .done && events.last?.data.contains(#""state":"cancelled""#) == true)
        // Nothing of it is left, and what had not begun did not begin.
        #expect(try await workplace.catalog.model(name("colours")) == nil && workplace.registry.count == 0)
        if phase == .ingest {
            #expect(try await workplace.catalog.dataset(name("colours"))?.current == nil)
        }
        if phase == .extract { #expect(workplace.trainingRuns == 0) }
        let later = Self.phases.drop { $0 != phase }.dropFirst().map { #""phase":"\#($0.rawValue)""# }
        #expect(!events.contains { event in later.contains { event.data.contains($0) } })
    }

    // Between two photos: those that are in work are finished, and no other one is begun.
    @Test func stopsBetweenTwoPhotos() async throws {
        let latch = Latch()
        let workplace = try Workplace { _, _ in latch.wait() }
        try await workplace.addPhotos(60)
        let id = try await workplace.submitTraining()
        let job = try await workplace.running {
            try await workplace.until { latch.count == 2 }
            let asked = try await workplace.service.cancel(id)
            #expect(asked.state == .running && asked.isCancelRequested)
            // Asking again changes nothing.
            #expect(try await workplace.service.cancel(id) == asked)
            latch.open()
            return try await workplace.end(of: id)
        }
        #expect(job.state == .cancelled && job.isCancelRequested && workplace.trainingRuns == 2)
        // What was computed is kept for whoever trains on it next.
        #expect(workplace.cache.bottlenecks.count == 2)
        #expect(try await workplace.service.cancel(id) == job)
    }

    @Test func stopsBetweenTwoFilesOfAnArchive() async throws {
        let latch = Latch(isHolding: false)
        let workplace = try Workplace(around: { HookedBlobs($0) { latch.wait() } })
        let id = try await workplace.submitIngest(MadeArchive.zip(colours: 60))
        let before = latch.count
        latch.close()
        let job = try await workplace.running {
            try await workplace.until { latch.count == before + 2 }
            _ = try await workplace.service.cancel(id)
            latch.open()
            return try await workplace.end(of: id)
        }
        #expect(job.state == .cancelled && latch.count == before + 2)
        let version: DatasetVersion? = try await workplace.catalog.versions(of: name("colours"), before: nil, limit: 1)
            .first
        #expect(version?.state == .failed && version?.imageCount == 0)
    }

    // A steady fit that never ends by itself.
    @Test func stopsBetweenTwoSteps() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos()
        let id = try await workplace.submitTraining { ($0.recipe, $0.steps) = (.retrain, 1_000_000_000) }
        let job = try await workplace.running {
            try await workplace.until {
                guard let job = try await workplace.catalog.job(id) else { return false }
                return workplace.service.live(job).progress.unit == .steps
            }
            _ = try await workplace.service.cancel(id)
            return try await workplace.end(of: id)
        }
        #expect(job.state == .cancelled && job.progress.phase == .fit && job.metrics.trainAccuracy != nil)
    }

    @Test func endsWhatWaitsAtOnce() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos()
        let training = try await workplace.submitTraining()
        let ingest = try await workplace.submitIngest(MadeArchive.zip(colours: 2), "other")
        for id in [training, ingest] {
            let job = try await workplace.service.cancel(id)
            #expect(job.state == .cancelled && job.attempt == 0 && job.finishedAt != nil)
            #expect(try await workplace.service.cancel(id) == job)
        }
        try await workplace.running {
            let last = try await workplace.submitTraining()
            #expect(try await workplace.end(of: last).state == .succeeded)
        }
        for id in [training, ingest] { #expect(try await workplace.events(of: id).map(\.kind) == [.done]) }
    }

    // Whoever counts jobs hears of the end of each once: of what nobody runs from the service, of what ran from the runner.
    @Test func tellsOfEachOnce() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos()
        let waiting = try await workplace.submitTraining()
        async let twins = [workplace.service.cancel(waiting), workplace.service.cancel(waiting)]
        #expect(try await twins.map(\.state) == [.cancelled, .cancelled])
        #expect(workplace.ended.value == [waiting])
        // Taken by somebody of whom nothing has been heard since.
        let abandoned = try await workplace.submitTraining()
        _ = try await workplace.catalog.claim(.train, lease: 30, at: .now.addingTimeInterval(-60))
        for _ in 0..<2 { _ = try await workplace.service.cancel(abandoned) }
        #expect(workplace.ended.value == [waiting, abandoned])
        let lost = try await workplace.submitTraining()
        for attempt in 1...Job.attempts {
            let time = Date.now.addingTimeInterval(Double(attempt - 10) * 100)
            #expect(try await workplace.catalog.claim(.train, lease: 30, at: time)?.job.id == lost)
        }
        let other = try await workplace.submitTraining()
        try await workplace.running {
            try await workplace.end(of: other)
            _ = try await workplace.service.cancel(other)
        }
        #expect(workplace.ended.value == [waiting, abandoned, lost, other])
    }

    // Head and evaluation are stored, and the version that was to refer to them is not made.
    @Test func leavesNothingOfAVersionThatIsNotMade() async throws {
        let latch = Latch(isHolding: false)
        let workplace = try Workplace(around: { HookedBlobs($0) { latch.wait() } })
        try await workplace.addPhotos(4)
        let before = latch.count
        latch.close()
        let id = try await workplace.submitTraining()
        try await workplace.running {
            try await workplace.until { latch.count > before }
            _ = try await workplace.service.cancel(id)
            latch.open()
            #expect(try await workplace.end(of: id).state == .cancelled)
            try await workplace.sweep(until: 12)
        }
    }

    // Another training has all workers, and nothing that is hers ends.
    @Test func doesNotWaitForOthers() async throws {
        let latch = Latch()
        let workplace = try Workplace(trainings: 2, hook: { _, _ in latch.wait() })
        try await workplace.addPhotos()
        let first = try await workplace.submitTraining()
        try await workplace.running {
            try await workplace.until { latch.count == 2 }
            let second = try await workplace.submitTraining(model: "other")
            try await workplace.until {
                guard let job = try await workplace.catalog.job(second) else { return false }
                return workplace.service.live(job).progress.unit == .photos
            }
            _ = try await workplace.service.cancel(second)
            #expect(try await workplace.end(of: second).state == .cancelled)
            #expect(latch.count == 2)
            latch.open()
            #expect(try await workplace.end(of: first).state == .succeeded)
        }
    }

    // Whose end nobody has asked the catalog for is not cancelled later: nothing is kept of it.
    @Test func isForgottenForWhatDoesNotRun() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos()
        let id = try await workplace.submitTraining()
        workplace.runner.cancel(id)
        #expect(try await workplace.running { try await workplace.end(of: id) }.state == .succeeded)
    }

    @Test func comesTooLateForWhatIsOver() async throws {
        let workplace = try Workplace()
        try await workplace.addPhotos()
        let id = try await workplace.submitTraining()
        let done = try await workplace.running { try await workplace.end(of: id) }
        #expect(done.state == .succeeded)
        #expect(try await workplace.service.cancel(id) == done)
        #expect(workplace.registry.model(name("colours"), alias: .latest)?.version.number == 1)
    }
}
