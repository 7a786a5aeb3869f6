public import Domain
public import Foundation
public import Storage
import Synchronization

/// Where jobs say how they are getting on, and where others watch them.
///
/// An event is stored before anybody sees it, so that whoever connects again, also after a restart, finds the same events
/// under the same numbers. Stored in batches: a job may say more than a disk can synchronise. Watchers are only told that
/// there is something new, and read it from the catalog, so a slow one costs no memory.
public final class ProgressHub: Sendable {
    private struct Channel {
        /// The number of the last event that is stored.
        var last: Int
        /// What is not: it gets its number when it is.
        var pending: [(kind: JobEvent.Kind, at: Date, data: String)] = []
        /// How many of `pending`, from the first, are being stored and must stay as they are.
        var storing = 0
        /// Runs of the job that have not closed it: two for a moment, where a lease was lost; none where only events are left,
        /// which could not be stored.
        var runs = 0
        var watchers: [UUID: AsyncStream<Void>.Continuation] = [:]

        var isOpen: Bool { runs > 0 }
        /// Whether there is nothing more to come of it.
        var isDone: Bool { !isOpen && pending.isEmpty }

        /// How many wait for the next batch.
        var waiting: Int { pending.count - storing }

        mutating func add(_ kind: JobEvent.Kind, at time: Date, _ data: String) {
            // Of progress that nobody has seen yet the newest is enough.
            if kind == .progress, waiting > 0, pending.last?.kind == .progress { pending.removeLast() }
            pending.append((kind, time, data))
            if waiting > ProgressHub.maximumPending { thin() }
        }

        /// Makes room by leaving out every other point of the curves, and of how far the job was; all else is said once and
        /// stays.
        private mutating func thin() {
            var isKept = true
            let rest = pending[storing...].filter { event in
                guard event.kind == .metric || event.kind == .progress else { return true }
                isKept.toggle()
                return isKept
            }
            pending.replaceSubrange(storing..., with: rest)
        }

        mutating func beginStoring() -> [JobEvent] {
            storing = pending.count
            return pending.enumerated().map { index, event in
                JobEvent(sequence: last + 1 + index, kind: event.kind, at: event.at, data: event.data)
            }
        }

        mutating func endStoring(isStored: Bool) {
            if isStored {
                last += storing
                pending.removeFirst(storing)
            }
            storing = 0
        }
    }

    private let catalog: any JobCatalog
    private let channels = Mutex<[JobID: Channel]>([:])
    private let isDismissing = Atomic(false)
    private let writer = Writer()
    private let heard: @Sendable (JobID, JobEventData) -> Void
    private let failed: @Sendable (any Error) -> Void

    /// Events of a job that wait while the disk is full; of more some are left out.
    package static let maximumPending = 10_000
    /// That many do not wait for the next time that events are stored.
    private static let storedSoon = 1_000

    /// - Parameters:
    ///   - heard: told of everything that any job says, at once and on the thread that says it.
    ///   - failed: told when events cannot be stored; they wait, and are tried again.
    public init(
        catalog: any JobCatalog, heard: @escaping @Sendable (JobID, JobEventData) -> Void = { _, _ in },
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        self.catalog = catalog
        self.heard = heard
        self.failed = failed
    }

    /// Makes a job able to post, going on with the numbers where it stopped. Each `open` has its `close`.
    public func open(_ job: JobID) async throws {
        let last = try await catalog.lastEvent(of: job)
        channels.withLock { $0[job, default: Channel(last: last)].runs += 1 }
    }

    /// Says something; from any thread, without waiting. What a job that is not open says is lost.
    public func post(_ event: JobEventData, job: JobID, at time: Date = .now) {
        heard(job, event)
        let data = event.json
        let isMuch = channels.withLock { channels in
            guard channels[job]?.isOpen == true, var channel = channels.removeValue(forKey: job) else { return false }
            channel.add(event.kind, at: time, data)
            channels[job] = channel
            return channel.waiting > 0 && channel.waiting.isMultiple(of: Self.storedSoon)
        }
        if isMuch { Task { await flush() } }
    }

    /// Stores what has been posted until now, and tells the watchers.
    public func flush() async {
        await writer.run { [self] in
            for job in channels.withLock({ $0.filter { !$0.value.pending.isEmpty }.keys }) {
                guard let events = channels.withLock({ $0[job]?.beginStoring() }) else { continue }
                var isStored = true
                do {
                    try await catalog.append(events, to: job)
                } catch let error as RegraftError where error.code == "unknown_job" {
                    // Deleted meanwhile: nobody will ask.
                } catch let error as RegraftError where error.code == "event_out_of_order" {
                    // The catalog itself, or another run, has said something in between: these are numbered after it.
                    await renumber(job)
                    isStored = false
                } catch {
                    failed(error)
                    isStored = false
                }
                let watchers = channels.withLock { channels in
                    channels[job]?.endStoring(isStored: isStored)
                    if channels[job]?.isDone == true { channels[job] = nil }
                    return channels[job].map { Array($0.watchers.values) } ?? []
                }
                if isStored { for watcher in watchers { watcher.yield() } }
            }
        }
    }

    private func renumber(_ job: JobID) async {
        do {
            let last = try await catalog.lastEvent(of: job)
            channels.withLock { $0[job]?.last = last }
        } catch { failed(error) }
    }

    /// Stores the rest, and lets go of the job. What cannot be stored is tried again, as long as it takes.
    public func close(_ job: JobID) async {
        await flush()
        // Once more for what had to be numbered anew.
        await flush()
        let watchers = channels.withLock { channels -> [AsyncStream<Void>.Continuation] in
            channels[job]?.runs -= 1
            guard let channel = channels[job], !channel.isOpen else { return [] }
            if channel.isDone { channels[job] = nil } else { channels[job]?.watchers = [:] }
            return Array(channel.watchers.values)
        }
        for watcher in watchers { watcher.finish() }
    }

    /// Whether a job may still say something in this process.
    public func isOpen(_ job: JobID) -> Bool { channels.withLock { $0[job]?.isOpen ?? false } }

    /// Yields when there may be new events, and ends when there will be none. A job that is not open has none.
    public func changes(of job: JobID) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let key = UUID()
        let isOpen = channels.withLock { channels in
            guard channels[job]?.isOpen == true, !isDismissed else { return false }
            channels[job]?.watchers[key] = continuation
            return true
        }
        guard isOpen else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.channels.withLock { channels in channels[job]?.watchers[key] = nil }
        }
        return stream
    }

    /// Sends all watchers away, and whoever comes after them: the server is stopping, and would wait for them.
    public func dismiss() {
        let watchers = channels.withLock { channels in
            isDismissing.store(true, ordering: .sequentiallyConsistent)
            return channels.values.flatMap(\.watchers.values)
        }
        for watcher in watchers { watcher.finish() }
    }

    /// Whether watchers should go. Those that connect again, to the next server, miss nothing.
    public var isDismissed: Bool { isDismissing.load(ordering: .sequentiallyConsistent) }

    /// Stores and tells a few times a second, until cancelled.
    public func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(200))
            await flush()
        }
    }

    /// One batch after the other: events must not be stored in another order than that of their numbers.
    private actor Writer {
        private var last: Task<Void, Never>?

        func run(_ body: @escaping @Sendable () async -> Void) async {
            let task = Task { [last] in
                await last?.value
                await body()
            }
            last = task
            await task.value
        }
    }
}
