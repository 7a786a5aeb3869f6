import CLinux
import Dispatch
import Glibc
import Synchronization

/// One thread's worth of connections: waits for their sockets, and runs their tasks.
///
/// The sockets are in an epoll instance, edge-triggered, and that instance is what the one Dispatch source watches. A
/// source a socket would be simpler, but costs two hand-overs between threads and a re-arming system call for each event;
/// so, a busy loop goes from one request to the next without leaving its thread, and an idle connection costs the kernel's
/// entry and nothing here.
///
/// It is the executor of its connections' actors, so that nothing of theirs needs a lock, and the preferred one of their
/// tasks: a continuation resumes on that before it hops to the actor's.
///
/// `@unchecked Sendable`: everything mutable is behind the mutex or touched on `queue` only.
final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    private let queue: DispatchQueue
    private let epoll: Int32
    private let source: any DispatchSourceRead
    private let timer: any DispatchSourceTimer
    private let pending = Mutex(Pending())
    private var connections: [Int32: Connection] = [:]
    private var events = [epoll_event](repeating: epoll_event(), count: 256)
    private var dates = DateCache()
    /// Where bytes are read to before it is known how many there are.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    private struct Pending {
        var jobs: [UnownedJob] = []
        /// Whether a turn is running or on its way, which will find the jobs.
        var isScheduled = false
    }

    /// How often deadlines are looked at.
    private static let tick = DispatchTimeInterval.milliseconds(100)
    /// After which a turn lets Dispatch have the thread back, busy or not.
    private static let longestTurn = Duration.milliseconds(20)

    /// - Throws: `SocketError` when the process has no descriptor left.
    init(number: Int) throws {
        queue = DispatchQueue(label: "http.loop.\(number)")
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw SocketError.last("No epoll instance could be made") }
        source = DispatchSource.makeReadSource(fileDescriptor: epoll, queue: queue)
        timer = DispatchSource.makeTimerSource(queue: queue)
        source.setEventHandler { self.turn() }
        source.setCancelHandler { [epoll] in close(epoll) }
        timer.setEventHandler { self.checkDeadlines() }
        timer.schedule(deadline: .now(), repeating: Self.tick, leeway: .milliseconds(20))
        source.activate()
        timer.activate()
    }

    deinit { scratch.deallocate() }

    /// Watches nothing any more; jobs still run. Without this the loop is never released.
    func stop() {
        queue.async {
            self.timer.cancel()
            self.source.cancel()
        }
    }

    // MARK: Executor

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustSchedule = pending.withLock { pending in
            pending.jobs.append(job)
            defer { pending.isScheduled = true }
            return !pending.isScheduled
        }
        if mustSchedule { queue.async { self.turn() } }
    }

    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// Runs something on the loop.
    func run(_ body: @escaping @Sendable () -> Void) { queue.async(execute: body) }

    // MARK: Connections

    /// Watches a connection's socket from now on. On the loop.
    /// - Returns: false where the kernel has no memory for it.
    func add(_ connection: Connection, _ descriptor: Int32) -> Bool {
        let wanted = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        var event = epoll_event(events: wanted, data: epoll_data_t(fd: descriptor))
        guard epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 else { return false }
        connections[descriptor] = connection
        return true
    }

    /// Before the socket is closed. On the loop.
    func remove(_ descriptor: Int32) {
        connections[descriptor] = nil
        epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
    }

    /// The time as a `Date` field has it. On the loop.
    func date() -> [UInt8] { dates.current() }

    // MARK: Turns

    /// Handles what has happened and runs what is ready, until there is nothing more or it has taken long enough.
    private func turn() {
        pending.withLock { $0.isScheduled = true }
        let end = ContinuousClock.now + Self.longestTurn
        var count: Int32
        repeat {
            runJobs()
            count = epoll_wait(epoll, &events, Int32(events.count), 0)
            for index in 0..<Int(max(0, count)) {
                let event = events[index]
                connections[event.data.fd]?.assumeIsolated { $0.becameReady(event.events) }
            }
            runJobs()
        } while count > 0 && ContinuousClock.now < end
        let isUnfinished = pending.withLock { pending in
            pending.isScheduled = !pending.jobs.isEmpty
            return pending.isScheduled
        }
        if isUnfinished { queue.async { self.turn() } }
    }

    private func runJobs() {
        // A job may make the next one ready; not for ever, since sockets wait.
        for _ in 0..<16 {
            let jobs = pending.withLock { pending in
                let jobs = pending.jobs
                pending.jobs = []
                return jobs
            }
            if jobs.isEmpty { return }
            for job in jobs {
                job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
            }
        }
    }

    private func checkDeadlines() {
        for connection in connections.values { connection.assumeIsolated { $0.checkDeadline() } }
    }
}
