import Dispatch
import Domain
import Serving
import Synchronization
import TestSupport
import Testing

@Suite("Who goes first", .timeLimit(.minutes(1)))
struct ServingPriorityTests {
    /// Photos that are trained on, each on a thread of its own.
    private final class Trainers: Sendable {
        private let priority: ServingPriority
        private let finishers = Mutex<[@Sendable () -> Void]>([])

        init(_ priority: ServingPriority, count: Int) {
            self.priority = priority
            for number in 0..<count {
                DispatchQueue(label: "trainer \(number)").async {
                    let finish = priority.giveWay()
                    self.finishers.withLock { $0.append(finish) }
                }
            }
        }

        /// How many have been let through and are not done.
        var count: Int { finishers.withLock { $0.count } }

        func finishOne() { finishers.withLock { $0.removeFirst() }() }
    }

    @Test func letsTrainingThroughWhereNobodyWaits() {
        let priority = ServingPriority(patience: .seconds(3600), calm: .zero)
        // Two at once, and none is held up by another.
        let (first, second) = (priority.giveWay(), priority.giveWay())
        first()
        second()
    }

    // With patience for an hour nothing but the end of serving lets it through.
    @Test func letsPicturesGoFirst() async throws {
        let priority = ServingPriority(patience: .seconds(3600), calm: .zero)
        priority.beginServing()
        priority.beginServing()
        let trainers = Trainers(priority, count: 2)
        priority.endServing()
        // Time in which a mistake would show.
        try await Task.sleep(for: .milliseconds(20))
        #expect(trainers.count == 0)
        priority.endServing()
        while trainers.count < 2 { await Task.yield() }
    }

    // Who asks one question after the other finds a core free.
    @Test func goesOnOneAtATimeWhereSomebodyHasJustBeenServed() async throws {
        let priority = ServingPriority(patience: .seconds(3600), calm: .seconds(3600))
        priority.beginServing()
        priority.endServing()
        let trainers = Trainers(priority, count: 2)
        for _ in 0..<2 {
            while trainers.count == 0 { await Task.yield() }
            try await Task.sleep(for: .milliseconds(20))
            #expect(trainers.count == 1)
            trainers.finishOne()
        }
    }

    // Under steady load a training comes to its end all the same: one photo at a time.
    @Test func letsOneThroughAfterAWhile() async {
        let priority = ServingPriority(patience: .zero, calm: .zero)
        priority.beginServing()
        let trainers = Trainers(priority, count: 3)
        for _ in 0..<3 {
            while trainers.count == 0 { await Task.yield() }
            try? await Task.sleep(for: .milliseconds(20))
            #expect(trainers.count == 1)
            trainers.finishOne()
        }
        priority.endServing()
    }

    // Classifying says so, from the picture's beginning to its end.
    @Test func isToldByTheClassifier() async throws {
        let latch = Latch()
        let shop = try Shop { _, _ in latch.wait() }
        let model = try await shop.load(1)
        let priority = ServingPriority(patience: .seconds(3600), calm: .zero)
        let classifier = Classifier(priority: priority)
        let answer = Task { try await classifier.admit(1).classify(Shop.picture, by: model) }
        while latch.count == 0 { await Task.yield() }
        let trainers = Trainers(priority, count: 1)
        try await Task.sleep(for: .milliseconds(20))
        #expect(trainers.count == 0)
        latch.open()
        _ = try await answer.value
        while trainers.count == 0 { await Task.yield() }
    }
}
