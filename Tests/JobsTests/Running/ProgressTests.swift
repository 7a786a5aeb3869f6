import Domain
import Foundation
import Jobs
import TestSupport
import Testing

@Suite("Progress", .timeLimit(.minutes(2)))
struct ProgressTests {
    // Both are there from the first that is told of a phase, since it tells of something done.
    @Test(arguments: [(Job.Phase.extract, JobProgress.Unit.photos), (.fit, .steps)])
    func tellsHowFastAndHowLong(_ phase: Job.Phase, _ unit: JobProgress.Unit) async throws {
        let told = Mutexed<[JobProgress]>([])
        let workplace = try Workplace()
        workplace.listen { _, _, event in
            if case .progress(let progress) = event, progress.phase == phase, progress.done > 0 {
                told.change { $0.append(progress) }
            }
        }
        try await workplace.addPhotos(40)
        let id = try await workplace.submitTraining { ($0.recipe, $0.steps) = (.retrain, 2_000) }
        #expect(try await workplace.running { try await workplace.end(of: id) }.state == .succeeded)
        let first = try #require(told.value.first)
        #expect(first.unit == unit && first.done < first.total, "\(first)")
        #expect(first.rate ?? 0 > 0 && first.secondsLeft ?? 0 > 0, "\(first)")
        // The end is told of at once, and once.
        let last = try #require(told.value.last)
        #expect(last.done == last.total && last.rate ?? 0 > 0 && last.secondsLeft == nil, "\(last)")
        #expect(told.value.filter { $0.done == $0.total }.count == 1)
    }

    // How many steps there will be nobody knows, and how many there were a second is known all the same.
    @Test func tellsHowFastWhereNobodyKnowsHowLong() async throws {
        let told = Mutexed<[JobProgress]>([])
        let workplace = try Workplace()
        workplace.listen { _, _, event in
            if case .progress(let progress) = event, progress.phase == .fit { told.change { $0.append(progress) } }
        }
        try await workplace.addPhotos()
        let id = try await workplace.submitTraining()
        #expect(try await workplace.running { try await workplace.end(of: id) }.state == .succeeded)
        let first = try #require(told.value.first { $0.unit != .fits })
        #expect(first.unit == .steps && first.total == 0 && first.rate ?? 0 > 0 && first.secondsLeft == nil)
    }
}
