import Domain
import Foundation
import Synchronization
import TestSupport
import Testing

/// More pictures than can wait, and engines that fail.
struct OverloadTests {
    /// Holds the engine up until it is opened.
    private final class Barrier: Sendable {
        private let isOpen = Mutex(false)

        func open() { isOpen.withLock { $0 = true } }

        /// For a worker, which may block.
        func pass() {
            while !isOpen.withLock({ $0 }) { usleep(1000) }
        }
    }

    // RFC 9110, 15.6.4 and 10.2.3: at once, and with when to try again.
    @Test(.timeLimit(.minutes(2))) func refusesAtOnceWhatCannotWait() async throws {
        let barrier = Barrier()
        let change = { (setup: inout TestAPI.Setup) in
            (setup.labels, setup.queue, setup.hook) = (Photos.colours, 2, { _, _ in barrier.pass() })
        }
        try await TestAPI.with(change) { api in
            defer { barrier.open() }
            try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<2 {
                    group.addTask { try await api.ask("POST", "/classify", [:], Photos.photo("red")) }
                }
                while api.environment.classifier.load < 2 { try await Task.sleep(for: .milliseconds(5)) }
                let form = Form([("1.png", Photos.photo("red"))])
                let refused = [
                    try await api.ask("POST", "/classify", [:], Photos.photo("red")),
                    try await api.post("/classify", form),
                ]
                for answer in refused {
                    expect(answer, 503, "overloaded", saying: "try again")
                    #expect(Int(answer.fields["retry-after"] ?? "") ?? 0 >= 1)
                }
                // Everything else goes on.
                #expect(try await api.get("/readyz").status == 200)
                barrier.open()
                for try await answer in group {
                    #expect(answer.status == 200 && answer.string("predictions.0.label") == "red", "\(answer.text)")
                }
            }
            let after = try await api.ask("POST", "/classify", [:], Photos.photo("red"))
            #expect(after.status == 200, "\(after.text)")
        }
    }

    // An engine that fails is no picture's fault, and its reason is for the log.
    @Test func doesNotBlameThePictureForTheEngine() async throws {
        let change = { (setup: inout TestAPI.Setup) in
            setup.labels = Photos.colours
            setup.hook = { _, _ in throw RegraftError("inference_failed", "the secret of /home/me") }
        }
        try await TestAPI.with(change) { api in
            let form = Form([("1.png", Photos.photo("red")), ("2.png", Photos.photo("red"))])
            for answer in [
                try await api.ask("POST", "/classify", [:], Photos.photo("red")), try await api.post("/classify", form),
            ] {
                expect(answer, 500, "internal-server-error")
                #expect(!answer.text.contains("secret"))
            }
        }
    }
}
