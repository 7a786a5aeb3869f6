import Dispatch
import Foundation
import HTTPTestSupport
import TestSupport
import Testing

/// Pictures that nobody waits for any more, and those that have waited too long.
struct AbandonedTests {
    enum End: CaseIterable {
        /// As a client that is stopped does: an end that the server finds only when it looks.
        case closes
        case resets
    }

    @Test(.timeLimit(.minutes(2)), arguments: End.allCases)
    func areNotComputed(_ end: End) async throws {
        // Each run needs one.
        let tickets = DispatchSemaphore(value: 0)
        let runs = Mutexed(0)
        let change = { (setup: inout TestAPI.Setup) in
            setup.labels = Photos.colours
            setup.hook = { _, _ in
                runs.change { $0 += 1 }
                tickets.wait()
            }
        }
        try await TestAPI.with(change) { api in
            let form = Form((0..<60).map { ("\($0).png", Photos.photo("red", $0)) }).body
            let head = TestAPI.head("POST", "/classify", ["Content-Type": Form.type], length: form.count)
            var client: RawClient? = try api.connect()
            try await client?.send(head + form)
            // As many as there are workers; the others wait.
            while runs.value < 3 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(api.environment.classifier.load == 60)
            if end == .resets { client?.reset() }
            client = nil
            // Somebody else's, behind them.
            async let other = api.ask("POST", "/classify", [:], Photos.photo("blue"))
            while api.environment.classifier.load != 61 { try await Task.sleep(for: .milliseconds(5)) }
            // One after the other, so that the server has time to notice: were all computed, it would be sixty times this long.
            while api.environment.classifier.load > 0 {
                tickets.signal()
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(try await other.string("predictions.0.label") == "blue")
            #expect(runs.value < 30, "\(runs.value)")
        }
    }

    // RFC 9110, 10.2.3: when to try again.
    @Test func areRefusedAfterTheirDeadline() async throws {
        let runs = Mutexed(0)
        let change = { (setup: inout TestAPI.Setup) in
            (setup.labels, setup.deadline) = (Photos.colours, .zero)
            setup.hook = { _, _ in runs.change { $0 += 1 } }
        }
        try await TestAPI.with(change) { api in
            let form = Form([("1.png", Photos.photo("red")), ("2.png", Photos.photo("red"))])
            for answer in [
                try await api.ask("POST", "/classify", [:], Photos.photo("red")), try await api.post("/classify", form),
            ] {
                expect(answer, 503, "expired", saying: "waited too long")
                #expect(answer.fields["retry-after"] == "1")
            }
            #expect(runs.value == 0 && api.environment.classifier.load == 0)
        }
    }
}
