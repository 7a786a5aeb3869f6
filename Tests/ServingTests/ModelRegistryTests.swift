import Domain
import Foundation
import Serving
import TestSupport
import Testing

private func serving(_ name: String = "latest", model: String, version: Int, generation: Int) -> ModelAlias {
    alias(name, model: model, version: version, generation: generation)
}

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

    // Which model answers when none is named; each step and who answers after it.
    @Test func asksTheModelThatWasMadeLast() async throws {
        var generation = 0
        func serve(_ model: String, _ number: Int, _ alias: String = "latest", madeAt seconds: Double? = nil)
            async throws
        {
            generation += 1
            registry.serve(
                try await shop.load(number, model: model),
                as: serving(alias, model: model, version: number, generation: generation),
                publishedAt: seconds.map(Date.init(timeIntervalSince1970:)))
        }
        var newest: String? { registry.newest.map { "\($0.version.model) \($0.version.number)" } }
        let year = 365.0 * 86_400 * 100
        #expect(newest == nil)
        try await serve("pets", 1, madeAt: year)
        #expect(newest == "pets 1")
        try await serve("birds", 1, madeAt: year + 2)
        try await serve("cats", 3, madeAt: year + 1)
        #expect(newest == "birds 1")
        // A rollback of another model, and its other aliases, change nothing.
        try await serve("cats", 1, madeAt: year + 1)
        try await serve("cats", 2, "stable")
        #expect(newest == "birds 1")
        // One of its own changes the version.
        try await serve("birds", 2)
        #expect(newest == "birds 2")
        // A newer version that `latest` was not moved to.
        registry.note(publicationOf: name("cats"), at: Date(timeIntervalSince1970: year + 3))
        registry.note(publicationOf: name("mice"), at: Date(timeIntervalSince1970: year + 9))
        #expect(newest == "cats 1")
        // It was deleted.
        registry.note(publicationOf: name("cats"), at: Date(timeIntervalSince1970: year + 1))
        #expect(newest == "birds 2")
        registry.remove(name("birds"))
        #expect(newest == "cats 1" && latest("birds") == nil)
        registry.refuse(serving(model: "cats", version: 1, generation: 99), because: "It is damaged.")
        #expect(newest == "pets 1")
        registry.remove(.latest, of: name("pets"))
        #expect(newest == nil)
    }

    @Test func countsWhatAnswersNobody() async throws {
        func counts() -> [Int] { [registry.count, registry.refusedCount] }
        registry.refuse(alias(version: 1, generation: 1), because: "It is damaged.")
        registry.refuse(alias("best", version: 1, generation: 1), because: "It is damaged.")
        #expect(counts() == [0, 2] && latest() == nil)
        #expect(registry.obstacle(name("pets"), alias: .latest) == "It is damaged.")
        registry.serve(try await shop.load(2), as: alias(version: 2, generation: 2))
        #expect(counts() == [1, 1] && registry.obstacle(name("pets"), alias: .latest) == nil)
        #expect(registry.aliases(of: name("pets"), answeredBy: 2) == [.latest])
        #expect(registry.aliases(of: name("pets"), answeredBy: 1) == [])
        registry.remove(name("best"), of: name("pets"))
        #expect(counts() == [1, 0])
        registry.remove(name("pets"))
        #expect(counts() == [0, 0])
    }

    // Nobody's change comes between the two halves of another's, whatever they wait for in between.
    @Test func changesOneAtATime() async throws {
        let (registry, inside, order) = (registry, Mutexed(0), Mutexed<[Int]>([]))
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    await registry.exclusively {
                        #expect(
                            inside.change {
                                $0 += 1; return $0
                            } == 1)
                        for _ in 0..<10 { await Task.yield() }
                        order.change { $0.append(number) }
                        #expect(
                            inside.change {
                                $0 -= 1; return $0
                            } == 0)
                    }
                }
            }
        }
        #expect(order.value.sorted() == Array(0..<100))
        // One that fails lets the next one in.
        await #expect(throws: CancellationError.self) { try await registry.exclusively { throw CancellationError() } }
        #expect(await registry.exclusively { 1 } == 1)
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
