import Domain
import Foundation
import Serving
import TestSupport
import Testing

/// What answers is what the catalog says, in whatever order requests come to it.
@Suite("Models that are changed while others are", .timeLimit(.minutes(2)))
struct ServingOrderTests {
    // Eight clients move and remove one alias; afterwards both agree.
    @Test func agreesWithTheCatalog() async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            try await api.addModel("m", versions: 2)
            let (catalog, registry) = (api.catalog, api.environment.registry)
            let best = "/v1/models/m/aliases/best"
            for _ in 0..<10 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for client in 0..<8 {
                        group.addTask {
                            if client.isMultiple(of: 2) {
                                _ = try await api.json("PUT", best, #"{"version": \(client / 2 % 2 + 1)}"#)
                            } else {
                                _ = try await api.ask("DELETE", best)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let alias = try await catalog.alias(ResourceName(trusted: "best"), of: ResourceName(trusted: "m"))
                let served = registry.model(ResourceName(trusted: "m"), alias: ResourceName(trusted: "best"))
                #expect(served?.version.number == alias?.version)
            }
        }
    }

    private static func change(_ call: String, _ api: TestAPI, _ isDone: Mutexed<Bool>) async throws -> Int {
        let model = "/v1/models/m"
        let answer =
            switch call {
            case "move": try await api.json("PUT", model + "/aliases/latest", #"{"version": 1}"#)
            case "remove": try await api.ask("DELETE", model + "/aliases/latest")
            case "delete a version": try await api.ask("DELETE", model + "/versions/1")
            default: try await api.ask("DELETE", model)
            }
        isDone.change { $0 = true }
        return answer.status
    }

    // A step of somebody else that is under way is waited for.
    @Test(arguments: ["move", "remove", "delete a version", "delete"])
    func waitsForOthers(_ call: String) async throws {
        try await TestAPI.with({ $0.runsJobs = true }) { api in
            try await api.addModel("m", versions: 2)
            let (registry, isInside, mayLeave, isDone) =
                (api.environment.registry, Mutexed(false), Mutexed(false), Mutexed(false))
            async let other: Void = registry.exclusively {
                isInside.change { $0 = true }
                while !mayLeave.value { try await Task.sleep(for: .milliseconds(1)) }
            }
            while !isInside.value { try await Task.sleep(for: .milliseconds(1)) }
            async let status = Self.change(call, api, isDone)
            // Time enough for one that does not wait; one that does has all the time there is.
            try await Task.sleep(for: .milliseconds(200))
            #expect(!isDone.value)
            mayLeave.change { $0 = true }
            try await other
            #expect(try await [200, 204].contains(status))
        }
    }

    // The version that somebody asks for by its number is deleted while it is loaded; the next of that number is another one.
    @Test func doesNotRememberWhatIsDeleted() async throws {
        let latch = Latch(isHolding: false)
        try await TestAPI.with({ ($0.runsJobs, $0.loads) = (true, { latch.wait() }) }) { api in
            try await api.addModel("m", versions: 2)
            let question = "/v1/models/m/classify?version=1"
            let before = latch.count
            latch.close()
            async let early = api.ask("POST", question, [:], Photos.photo("red"))
            while latch.count == before { try await Task.sleep(for: .milliseconds(1)) }
            #expect(try await api.ask("DELETE", "/v1/models/m").status == 204)
            latch.open()
            // It was there when it was asked for.
            #expect(try await early.status == 200)
            expect(try await api.ask("POST", question, [:], Photos.photo("red")), 404, "unknown-model")
        }
    }
}
