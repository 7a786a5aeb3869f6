import Domain
import Foundation
import Storage
import Testing

/// One random sequence of calls on both catalogs: what comes back is the same each time, and so is all that they hold.
@Suite("Both catalogs alike", .timeLimit(.minutes(5)))
struct SameBehaviourTests {
    @Test(arguments: 0..<16 as Range<UInt64>)
    func agree(_ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        var sides = try CatalogUnderTest.all.map { RandomCalls(try $0.make()) }
        for step in 0..<200 {
            let call = RandomCalls.Call(&random, step: step)
            var results: [String] = []
            for side in sides.indices { results.append(await sides[side].make(call)) }
            try #require(results[0] == results[1], "seed \(seed), step \(step): \(call)")
            guard step % 10 == 9 else { continue }
            let held = (try await sides[0].everything(), try await sides[1].everything())
            let differences = held.0.difference(from: held.1)
            try #require(differences.isEmpty, "seed \(seed), after step \(step): \(differences)")
        }
    }
}

/// Calls by number, so that two catalogs, whose jobs and tokens have other names, can be asked the same.
struct RandomCalls {
    struct Call {
        let kind: Int
        let time: Date
        /// Whatever the call needs.
        let numbers: [Int]

        init(_ random: inout SeededRandom, step: Int) {
            kind = random.index(below: 24)
            time = at(Double(step) * (random.index(below: 40) == 0 ? 40 : 1))
            numbers = (0..<12).map { _ in random.index(below: 1_000) }
        }
    }

    let catalog: any Catalog
    private var jobs: [JobID] = []
    private var leases: [JobLease] = []

    init(_ catalog: any Catalog) { self.catalog = catalog }

    private static let datasets = [pets, birds]
    private static let labels = ["cat", "dog", "caf\u{E9}", "cafe\u{301}"]

    private func images(_ numbers: ArraySlice<Int>) -> [NewImage] {
        numbers.map { number in
            photo(number % 12, Self.labels[number / 12 % 4], file: number % 5 == 0 ? "same.jpg" : nil)
        }
    }

    /// A job's number in place of its name.
    private func plain(_ text: String) -> String {
        jobs.enumerated().reduce(text) { $0.replacingOccurrences(of: $1.element.text, with: "job \($1.offset)") }
    }

    /// - Returns: what came of it, as text.
    mutating func make(_ call: Call) async -> String {
        do {
            let result = try await result(of: call)
            return plain(result)
        } catch let error as RegraftError {
            return "\(error.code.rawValue): \(plain(error.message))"
        } catch { return "\(error)" }
    }

    private mutating func result(of call: Call) async throws -> String {
        let (n, time) = (call.numbers, call.time)
        let dataset = Self.datasets[n[0] % 2]
        let model = Self.datasets[n[1] % 2]
        let job = jobs.isEmpty ? JobID(text: "job_none") : jobs[n[2] % jobs.count]
        // Mostly one that may still hold.
        let lease = leases.isEmpty ? JobLease(job: job, token: "") : leases[max(0, leases.count - 1 - n[3] % 4)]
        let again = n[4] % 3 == 0 ? key("k\(n[4] % 4)", scope: "\(call.kind)", asking: "\(n[5] % 2)") : nil
        switch call.kind {
        case 0, 1, 2:
            let added = try await catalog.add(images(n[6...(6 + n[5] % 5)]), to: dataset, idempotency: again, at: time)
            return "\(added)"
        case 3:
            let label = Label(trusted: Self.labels[n[6] % 4])
            return "\(try await catalog.relabel(Int64(n[7] % 30), of: dataset, as: label, at: time))"
        case 4:
            guard n[6] % 2 == 0 else {
                return "\(try await catalog.removeImage(Int64(n[7] % 30), of: dataset, at: time))"
            }
            let changes = n[8...(8 + n[5] % 3)].map { number in
                ImageChange(
                    image: Int64(number % 12),
                    action: number % 4 == 0 ? .delete : .relabel(Label(trusted: Self.labels[number / 12 % 4])))
            }
            return "\(try await catalog.change(changes, of: dataset, idempotency: again, at: time))"
        case 5:
            guard n[6] % 4 == 0 else { return "" }
            try await catalog.deleteDataset(dataset)
        case 6: try await catalog.recordSplits([Int64(n[7] % 30): .test, Int64(30 + n[8] % 9): .train], of: dataset)
        case 7, 8:
            let wanted = upload(dataset, archive: 100 + n[6] % 3, mode: n[7] % 2 == 0 ? .add : .replace)
            let made = try await catalog.submit(wanted, priority: n[8] % 3, idempotency: again, at: time)
            if !made.isReplay { jobs.append(made.job.id) }
            return "\(made)"
        case 9, 10:
            let wanted = training(dataset, version: n[6] % 6, model: model)
            let made = try await catalog.submit(wanted, priority: n[8] % 3, idempotency: again, at: time)
            if !made.isReplay { jobs.append(made.job.id) }
            return "\(made)"
        case 11, 12, 13:
            let claimed = try await catalog.claim(call.kind == 13 ? .train : .ingest, lease: 30, at: time)
            if let claimed { leases.append(claimed.lease) }
            return "\(String(describing: claimed?.job))"
        case 14:
            let progress = JobProgress(phase: .extract, done: n[6], total: n[7])
            return "\(try await catalog.renew(lease, for: 30, progress: progress, metrics: JobMetrics(), at: time))"
        case 15: try await catalog.ingest(images(n[6...(6 + n[5] % 5)]), refused: [], ignored: n[8] % 3, lease)
        case 16: return "\(try await catalog.completeIngest(lease, at: time))"
        case 17:
            let error = JobError(code: "x", message: "\(n[6])")
            switch n[7] % 4 {
            case 0: return "\(try await catalog.finish(lease, as: .failed, error: error, at: time))"
            case 1: return "\(try await catalog.finish(lease, as: .cancelled, error: nil, at: time))"
            case 2: try await catalog.restartIngest(lease)
            default:
                return "\(try await catalog.giveBack(lease, countsAttempt: n[6] % 2 == 0, error: error, at: time))"
            }
        case 18: return "\(try await catalog.requestCancel(job, at: time))"
        case 19:
            if n[6] % 8 == 0 { return "\(try await catalog.recover(at: time))" }
            try await catalog.deleteJob(job)
        case 20:
            let move = n[6] % 2 == 0 ? AliasMove(alias: latest, ifGeneration: n[7] % 4) : nil
            if n[5] % 3 == 0 {
                let imported = importedDraft(model, head: 200 + n[8] % 9)
                return "\(try await catalog.add(imported: imported, move: move, idempotency: again, at: time))"
            }
            return "\(try await catalog.publish(draft(model, head: 200 + n[8] % 9), lease, move: move, at: time))"
        case 21:
            return "\(try await catalog.moveAlias(latest, of: model, to: n[6] % 4, ifGeneration: n[7] % 4, at: time))"
        case 22:
            switch n[6] % 6 {
            case 0: try await catalog.removeAlias(latest, of: model, ifGeneration: nil)
            case 1: try await catalog.deleteModel(model)
            default: try await catalog.deleteVersion(n[7] % 4, of: model)
            }
        default:
            switch n[6] % 4 {
            case 0: try await catalog.forgetGarbage(try await catalog.garbage(limit: 1_000).filter { $0 < digest(8) })
            case 1: try await catalog.dropEvents(ofJobsFinishedBefore: time)
            default: try await catalog.append([event(try await catalog.lastEvent(of: job) + n[7] % 2)], to: job)
            }
        }
        return "done"
    }

    /// All that can be asked for, as text.
    func everything() async throws -> [String] {
        var lines = try await catalog.datasets(after: nil, limit: 99).map { "\($0)" }
        for dataset in try await catalog.datasets(after: nil, limit: 99).map(\.name) {
            let versions: [DatasetVersion] = try await catalog.versions(of: dataset, before: nil, limit: 999)
            lines += versions.map { "\($0)" }
            for version in versions where version.state == .ready {
                // Sets of splits have no order.
                lines += try await catalog.labels(of: dataset, version: version.number).map { count in
                    "\(count.label) \(count.images) \(Split.allCases.map { count.splits[$0] ?? 0 })"
                }
                lines += try await catalog.trainingImages(of: dataset, version: version.number).map { "\($0)" }
                let page = try await catalog.images(
                    of: dataset, version: version.number, label: Label("cat"), split: nil, after: 4, limit: 3)
                lines += page.map { "\($0)" }
                lines += try await catalog.refusals(of: dataset, version: version.number, after: 1, limit: 9)
                    .map { "\($0)" }
            }
        }
        let all = try await catalog.jobs(JobFilter(), before: nil, limit: 999)
        lines += all.map { "\($0)" }
        lines.append("\(try await catalog.queueLengths().sorted { $0.key.rawValue < $1.key.rawValue })")
        for job in all { lines += try await catalog.events(of: job.id, after: 0, limit: 99).map { "\($0)" } }
        for model in try await catalog.models(after: nil, limit: 99) {
            let versions: [ModelVersion] = try await catalog.versions(of: model.name, before: nil, limit: 99)
            lines += ["\(model)"] + versions.map { "\($0)" }
            lines += try await catalog.history(of: latest, model: model.name, limit: 99).map { "\($0)" }
        }
        lines += try await catalog.aliases().map { "\($0)" }
        lines.append("\(try await catalog.garbage(limit: 999).sorted())")
        lines.append("\(try await catalog.referenced((0..<300).map(digest)).sorted())")
        return lines.map(plain)
    }
}
