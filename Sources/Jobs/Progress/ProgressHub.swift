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
        var next: Int
        var pending: [JobEvent] = []
        /// What could not be stored and had to make room.
        var dropped = 0
        var watchers: [UUID: AsyncStream<Void>.Continuation] = [:]
    }

    private let catalog: any JobCatalog
    private let channels = Mutex<[JobID: Channel]>([:])
    private let isDismissing = Atomic(false)
    private let writer = Writer()
    private let failed: @Sendable (any Error) -> Void

    /// Events that wait while the disk is full; more of a job are lost, the oldest first.
    private static let maximumPending = 10_000

    /// - Parameter failed: told when events cannot be stored; they wait, and are tried again.
    public init(catalog: any JobCatalog, failed: @escaping @Sendable (any Error) -> Void) {
        self.catalog = catalog
        self.failed = failed
    }

    /// Makes a job able to post, going on with the numbers where it stopped.
    public func open(_ job: JobID) async throws {
        let last = try await catalog.lastEvent(of: job)
        channels.withLock { channels in
            if channels[job] == nil { channels[job] = Channel(next: last + 1) }
        }
    }

    /// Says something; from any thread, without waiting. What a job that is not open says is lost.
    public func post(_ event: JobEventData, job: JobID, at time: Date = .now) {
        let data = event.json
        channels.withLock { channels in
            guard var channel = channels[job] else { return }
            // Of progress that nobody has seen yet the newest is enough.
            if event.kind == .progress, let last = channel.pending.last, last.kind == .progress {
                channel.pending[channel.pending.count - 1] = JobEvent(
                    sequence: last.sequence, kind: .progress, at: time, data: data)
            } else {
                guard channel.pending.count < Self.maximumPending else {
                    channel.dropped += 1
                    channels[job] = channel
                    return
                }
                channel.pending.append(JobEvent(sequence: channel.next, kind: event.kind, at: time, data: data))
                channel.next += 1
            }
            channels[job] = channel
        }
    }

    /// Stores what has been posted until now, and tells the watchers.
    public func flush() async {
        await writer.run { [self] in
            let waiting = channels.withLock { $0.filter { !$0.value.pending.isEmpty }.mapValues(\.pending) }
            for (job, events) in waiting {
                do {
                    try await catalog.append(events, to: job)
                } catch let error as RegraftError where error.code == "unknown_job" {
                    // Deleted meanwhile: nobody will ask.
                } catch {
                    failed(error)
                    continue
                }
                let watchers = channels.withLock { channels in
                    channels[job]?.pending.removeAll { $0.sequence <= events[events.count - 1].sequence }
                    return channels[job].map { Array($0.watchers.values) } ?? []
                }
                for watcher in watchers { watcher.yield() }
            }
        }
    }

    /// Stores the rest, and lets go of the job.
    public func close(_ job: JobID) async {
        await flush()
        let watchers = channels.withLock { channels in
            channels.removeValue(forKey: job).map { Array($0.watchers.values) } ?? []
        }
        for watcher in watchers { watcher.finish() }
    }

    /// Whether a job may still say something in this process.
    public func isOpen(_ job: JobID) -> Bool { channels.withLock { $0[job] != nil } }

    /// Yields when there may be new events, and ends when there will be none. A job that is not open has none.
    public func changes(of job: JobID) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let key = UUID()
        let isOpen = channels.withLock { channels in
            guard channels[job] != nil, !isDismissed else { return false }
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
