import Domain
import Foundation
import Serving
import TestSupport
import Testing

@Suite("The models that answer", .timeLimit(.minutes(2)))
struct ModelRegistryTests {
    private let shop: Shop
    private let registry = ModelRegistry(recentLimit: 2)

    init() throws { shop = try Shop() }

    private func latest(_ model: String = "pets") -> Int? {
        registry.model(name(model), alias: .latest)?.version.number
    }

    // 32 readers, 100 promotions and rollbacks: every answer is of the weights whose version it names.
    @Test func answersByTheVersionItNames() async throws {
        let classifier = Classifier(priority: ServingPriority())
        let (shop, registry) = (shop, registry)
        let models = try await (1...5).each { try await shop.load($0) }
        registry.serve(models[0], as: alias(version: 1, generation: 1))
        let seen = Mutexed<[Int: Int]>([:])
        let isOver = Mutexed(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    repeat {
                        let model = try #require(registry.model(name("pets"), alias: .latest))
                        let admission = try classifier.admit(1)
                        let answer = try await admission.classify(Shop.picture, by: model).probabilities[1]
                        let number = model.version.number
                        #expect(abs(answer - Shop.probability(of: number)) < 1e-6)
                        seen.change { $0[number, default: 0] += 1 }
                    } while !isOver.value
                }
            }
            group.addTask {
                for generation in 2...101 {
                    // Up and down, as promotions and rollbacks go.
                    let model = models[generation * 3 % 5]
                    let number = model.version.number
                    registry.serve(model, as: alias(version: number, generation: generation))
                    #expect(registry.model(name("pets"), alias: .latest)?.version.number == number)
                    guard generation % 7 == 0 else { continue }
                    let before = seen.value[number]
                    // Until somebody has been answered by it.
                    while seen.value[number] == before { try await Task.sleep(for: .milliseconds(1)) }
                }
                isOver.change { $0 = true }
            }
            try await group.waitForAll()
        }
        #expect(Set(seen.value.keys) == Set(1...5))
    }

    // Whoever comes late with an earlier move does not undo a later one.
    @Test func keepsTheLastMove() async throws {
        let models = try await (1...3).each { [shop] in try await shop.load($0) }
        registry.serve(models[1], as: alias(version: 2, generation: 5))
        registry.serve(models[0], as: alias(version: 1, generation: 4))
        #expect(latest() == 2)
        registry.serve(models[2], as: alias(version: 3, generation: 5))
        #expect(latest() == 3)
        // An alias that was removed begins anew.
        registry.remove(.latest, of: name("pets"))
        #expect(latest() == nil && registry.count == 0)
        registry.serve(models[0], as: alias(version: 1, generation: 1))
        #expect(latest() == 1)
    }

    @Test func asksTheModelThatWasMovedLast() async throws {
        #expect(registry.newest == nil)
        for (model, generation) in [("pets", 2), ("birds", 3), ("cats", 1)] {
            registry.serve(
                try await shop.load(1, model: model), as: alias(model: model, version: 1, generation: generation))
        }
        #expect(registry.newest?.version.model == name("birds"))
        // Other aliases do not count.
        registry.serve(
            try await shop.load(2, model: "cats"), as: alias("stable", model: "cats", version: 2, generation: 9))
        #expect(registry.newest?.version.model == name("birds"))
        registry.remove(name("birds"))
        #expect(registry.newest?.version.model == name("pets") && latest("birds") == nil)
    }

    @Test func keepsWhatWasAskedForByNumber() async throws {
        for number in 1...3 {
            registry.remember(try await shop.load(number))
            // The first is asked for again, so the second has waited longest.
            _ = registry.model(name("pets"), version: 1)
        }
        #expect([1, 2, 3].map { registry.model(name("pets"), version: $0)?.version.number } == [1, nil, 3])
        registry.remove(version: 1, of: name("pets"))
        #expect(registry.model(name("pets"), version: 1) == nil)
        // One with an alias is found too.
        registry.serve(try await shop.load(7), as: alias(version: 7, generation: 1))
        #expect(registry.model(name("pets"), version: 7)?.version.number == 7)
    }
}

extension ClosedRange<Int> {
    /// What `body` gives for each, in order.
    func each<Value: Sendable>(_ body: (Int) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for number in self { values.append(try await body(number)) }
        return values
    }
}
