import Domain
import Foundation
import Jobs
import Storage
import TestSupport
import Testing

@Suite("Attempts", .timeLimit(.minutes(2)))
struct AttemptTests {
    @Test func endAfterThree() async throws {
        let workplace = try Workplace { _, _ in throw RegraftError("inference_failed", "The engine is out of order.") }
        try await workplace.addPhotos(2)
        let id = try await workplace.submitTraining()
        let job = try await workplace.running { try await workplace.end(of: id) }
        #expect(job.state == .failed && job.attempt == 3)
        #expect(job.error == JobError(code: "inference_failed", message: "The engine is out of order."))
        let events = try await workplace.events(of: id)
        #expect(events.count { $0.kind == .warning } == 3 && events.count { $0.kind == .done } == 1)
        #expect(events.count { $0.data.contains(#""state":"queued""#) } == 2)
    }

    @Test(arguments: ["inference_failed", "expired", "overloaded"] as [RegraftError.Code])
    func mayCureWhatPasses(_ code: RegraftError.Code) async throws {
        let isHealthy = Mutexed(false)
        let workplace = try Workplace { _, _ in
            let wasHealthy = isHealthy.change { healthy in
                defer { healthy = true }
                return healthy
            }
            if !wasHealthy { throw RegraftError(code, "The engine is out of order.") }
        }
        try await workplace.addPhotos(4)
        let id = try await workplace.submitTraining()
        let job = try await workplace.running { try await workplace.end(of: id) }
        #expect(job.state == .succeeded && job.attempt == 2 && job.error == nil)
    }

    /// What would only fail again is not tried again.
    @Test func areNotWasted() async throws {
        let workplace = try Workplace()
        _ = try await workplace.catalog.add(
            [
                NewImage(
                    digest: try workplace.blobs.put(MadePhoto.png("red", 1)), label: try Label("red"),
                    fileName: "1.png", byteCount: 1)
            ], to: name("colours"), idempotency: nil, at: .now)
        let id = try await workplace.submitTraining()
        let job = try await workplace.running { try await workplace.end(of: id) }
        #expect(job.state == .failed && job.attempt == 1 && job.error?.code == "too_few_classes")
        #expect(job.error?.message.contains("only 'red'") == true)
    }

    // A server that is killed in the middle of it three times may be killed by it.
    @Test func endWithAReason() async throws {
        let folder = try TemporaryFolder()
        var id: JobID?
        for attempt in 1...3 {
            let catalog = try SQLiteCatalog(folder: folder.url)
            let workplace = try Workplace(folder, catalog: catalog)
            if attempt == 1 {
                try await workplace.addPhotos(2)
                id = try await workplace.submitTraining()
            } else {
                #expect(try await catalog.recover(at: .now).map(\.state) == [.queued])
            }
            let claimed = try await catalog.claim(.train, lease: 30, at: .now)
            #expect(claimed?.job.id == id && claimed?.job.attempt == attempt)
            try catalog.close()
        }
        let catalog = try SQLiteCatalog(folder: folder.url)
        let workplace = try Workplace(folder, catalog: catalog)
        #expect(try await catalog.recover(at: .now).map(\.state) == [.failed])
        let job = try await workplace.running { try await workplace.end(of: try #require(id)) }
        #expect(job.error?.code == "interrupted" && job.error?.message.contains("3 times") == true)
        #expect(job.error?.message.contains("submit it anew") == true)
        #expect(try await workplace.events(of: job.id).map(\.kind) == [.done])
        try catalog.close()
    }

    // A photo that cannot be used is the same one next time.
    @Test func areNotWastedOnAPhoto() async throws {
        let isTorn = Mutexed(false)
        let workplace = try Workplace(around: {
            HookedBlobs($0) { if isTorn.value { throw ImageError(.corrupt, "it ends too early") } }
        })
        try await workplace.addPhotos(4)
        let id = try await workplace.submitTraining()
        isTorn.change { $0 = true }
        let job = try await workplace.running { try await workplace.end(of: id) }
        #expect(job.state == .failed && job.attempt == 1 && job.error?.code == "corrupt_image")
        #expect(job.error?.message.contains("it ends too early") == true)
    }

    // Numbers need room, as on a full disk; an end has the reserve.
    @Test func endThoughTheirNumbersCannotBeStored() async throws {
        let folder = try TemporaryFolder()
        let catalog = try SQLiteCatalog(folder: folder.url)
        let workplace = try Workplace(folder, catalog: catalog) { _, _ in
            throw RegraftError("out_of_order", "The engine is out of order.")
        }
        try await workplace.addPhotos(4)
        let id = try await workplace.submitTraining()
        try await catalog.write { database in
            try database.execute(
                sql: "CREATE TRIGGER full BEFORE UPDATE OF progress ON job BEGIN SELECT RAISE(ABORT, 'full'); END")
        }
        let job = try await workplace.running { try await workplace.end(of: id) }
        #expect(job.state == .failed && job.attempt == 1 && job.error?.code == "out_of_order")
        try catalog.close()
    }

    /// The disk, whatever has noticed that it is full.
    @Test(arguments: [
        POSIXError(.ENOSPC) as any Error, CocoaError(.fileWriteOutOfSpace),
        RegraftError("blob_unwritable", "It cannot be stored.", cause: POSIXError(.EDQUOT)),
    ])
    func knowAFullDisk(_ error: any Error) async throws {
        let isFull = Mutexed(false)
        let workplace = try Workplace(around: { HookedBlobs($0) { if isFull.value { throw error } } })
        try await workplace.addPhotos(4)
        let id = try await workplace.submitTraining()
        isFull.change { $0 = true }
        let job = try await workplace.running { try await workplace.end(of: id) }
        #expect(job.state == .failed && job.attempt == 1 && job.error?.code == "disk_full")
        #expect(job.error?.message.contains("Make room") == true)
        #expect(try await workplace.catalog.model(name("colours")) == nil)
    }
}
