import CLinux
import Dispatch
import Glibc
import Synchronization

/// One thread's worth of connections: waits for their sockets, and runs their tasks.
///
/// The sockets are in an epoll instance, edge-triggered, and that instance is what the one Dispatch source watches. A
/// source a socket would be simpler, but costs two hand-overs between threads and a re-arming system call for each event;
/// so, a busy loop goes from one request to the next without leaving its thread, and an idle connection costs the kernel's
/// entry and nothing here. To the same end a loop with nothing to do waits a millisecond for more by itself before it
/// leaves that to Dispatch, which saves a third of the time that a request takes.
///
/// It is the executor of its connections' actors, so that nothing of theirs needs a lock, and the preferred one of their
/// tasks: a continuation resumes on that before it hops to the actor's.
///
/// `@unchecked Sendable`: everything mutable is behind the mutex or touched on `queue` only.
final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    private let queue: DispatchQueue
    private let epoll: Int32
    /// An eventfd that wakes the loop where it waits by itself.
    private let alarm: Int32
    private let source: any DispatchSourceRead
    private let timer: any DispatchSourceTimer
    private let pending = Mutex(Pending())
    private var connections: [Int32: Connection] = [:]
    private var events = [epoll_event](repeating: epoll_event(), count: 256)
    private var dates = DateCache()
    /// Where bytes are read to before it is known how many there are.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    /// The descriptors are closed, and their numbers may be another's.
    private var isStopped = false

    private enum Work {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    private struct Pending {
        var work: [Work] = []
        /// Whether a turn is running or on its way, which will find the work.
        var isScheduled = false
        /// Whether that turn waits, and must be woken to find it.
        var isAsleep = false
    }

    /// How often deadlines are looked at.
    private static let tick = DispatchTimeInterval.milliseconds(100)
    /// After which a turn lets Dispatch have the thread back, busy or not.
    private static let longestTurn = Duration.milliseconds(20)
    /// How long a turn waits for more, in milliseconds.
    private static let patience: Int32 = 1

    /// - Throws: `SocketError` when the process has no descriptor left.
    init(number: Int) throws {
        queue = DispatchQueue(label: "http.loop.\(number)")
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        alarm = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        // Edge-triggered, so it need not be read.
        var event = epoll_event(events: EPOLLIN.rawValue | EPOLLET.rawValue, data: epoll_data_t(fd: alarm))
        guard epoll >= 0, alarm >= 0, epoll_ctl(epoll, EPOLL_CTL_ADD, alarm, &event) == 0 else {
            let error = SocketError.last("No epoll instance could be made")
            for descriptor in [epoll, alarm] where descriptor >= 0 { close(descriptor) }
            throw error
        }
        source = DispatchSource.makeReadSource(fileDescriptor: epoll, queue: queue)
        timer = DispatchSource.makeTimerSource(queue: queue)
        source.setEventHandler { self.turn() }
        source.setCancelHandler { [epoll, alarm] in
            close(epoll)
            close(alarm)
        }
        timer.setEventHandler { self.checkDeadlines() }
        timer.schedule(deadline: .now(), repeating: Self.tick, leeway: .milliseconds(20))
        source.activate()
        timer.activate()
    }

    deinit { scratch.deallocate() }

    /// Watches nothing any more; jobs still run. Without this the loop is never released.
    func stop() {
        queue.async {
            self.isStopped = true
            self.timer.cancel()
            self.source.cancel()
        }
    }

    // MARK: Executor

    func enqueue(_ job: consuming ExecutorJob) {
        add(.job(UnownedJob(job)))
    }

    private func add(_ work: Work) {
        let before = pending.withLock { pending in
            pending.work.append(work)
            defer { (pending.isScheduled, pending.isAsleep) = (true, false) }
            return (isScheduled: pending.isScheduled, isAsleep: pending.isAsleep)
        }
        if before.isAsleep { eventfd_write(alarm, 1) }
        if !before.isScheduled { queue.async { self.turn() } }
    }

    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// Runs something on the loop, never in the middle of something else.
    func run(_ body: @escaping @Sendable () -> Void) { add(.call(body)) }

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
        if !isStopped { epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil) }
    }

    /// The time as a `Date` field has it. On the loop.
    func date() -> [UInt8] { dates.current() }

    // MARK: Turns

    /// Handles what has happened and runs what is ready, until there is nothing more or it has taken long enough.
    private func turn() {
        pending.withLock { $0.isScheduled = true }
        let end = ContinuousClock.now + Self.longestTurn
        var isBusy: Bool
        repeat {
            runWork()
            isBusy = handleEvents()
        } while isBusy && ContinuousClock.now < end
        let isUnfinished = pending.withLock { pending in
            pending.isScheduled = !pending.work.isEmpty
            return pending.isScheduled
        }
        if isUnfinished { queue.async { self.turn() } }
    }

    /// Handles what has happened to sockets, or, where there is nothing else to do, what soon happens.
    /// - Returns: whether there was or is something to do.
    private func handleEvents() -> Bool {
        if isStopped { return false }
        let mayWait = pending.withLock { pending in
            pending.isAsleep = pending.work.isEmpty
            return pending.isAsleep
        }
        let count = epoll_wait(epoll, &events, Int32(events.count), mayWait ? Self.patience : 0)
        if mayWait { pending.withLock { $0.isAsleep = false } }
        for index in 0..<Int(max(0, count)) {
            let event = events[index]
            connections[event.data.fd]?.assumeIsolated { $0.becameReady(event.events) }
        }
        return count > 0 || !mayWait
    }

    private func runWork() {
        // Work may make more of it; not for ever, since sockets wait.
        for _ in 0..<4 {
            let work = pending.withLock { pending in
                let work = pending.work
                pending.work = []
                return work
            }
            if work.isEmpty { return }
            for item in work {
                switch item {
                case .call(let body): body()
                case .job(let job):
                    job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
                }
            }
        }
    }

    private func checkDeadlines() {
        for connection in connections.values { connection.assumeIsolated { $0.checkDeadline() } }
    }
}
