import CLinux
import Glibc
import HTTPTypes
import Synchronization

/// One client's connection: reads requests, has them answered, one after the other.
///
/// An actor on its loop, so that readiness, deadlines, handlers and streams may all call it.
actor Connection {
    nonisolated let loop: EventLoop
    nonisolated let peer: SocketAddress
    /// Counts the connections of the server.
    nonisolated let serial: Int
    let core: ServerCore
    private let admission: ServerCore.Admission
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private nonisolated let task = Mutex<Task<Void, Never>?>(nil)

    // MARK: The socket

    var descriptor: Int32
    var input = InputBuffer()
    /// Until the system says otherwise.
    private var mayRead = true
    private var mayWrite = true
    /// A FIN has come: nothing more will.
    private(set) var peerHasClosed = false
    private var hasReadAll = false
    /// Broken, given up or closed.
    private(set) var isLost = false
    private var reader: UnsafeContinuation<Wake, Never>?
    private var writer: UnsafeContinuation<Wake, Never>?
    private var readDeadline: ContinuousClock.Instant?
    private var writeDeadline: ContinuousClock.Instant?

    // MARK: The request

    /// What is going on, as far as others have to know.
    enum Phase {
        /// Nothing of the next request has come.
        case idle
        case busy
        /// The response is being streamed, so a client that closes its side does not want it.
        case streaming
    }
    var phase = Phase.idle
    var isDraining = false
    /// Counts requests, so that nobody reads the next one's body or writes into the next one's response.
    var number = 0
    var incoming = IncomingBody()
    var outgoing = OutgoingBody()
    var bytesSent = 0
    private var isWriting = false
    private var waitingWriters: [UnsafeContinuation<Void, Never>] = []

    init(
        _ descriptor: Int32, peer: SocketAddress, _ admission: ServerCore.Admission, loop: EventLoop, core: ServerCore
    ) {
        self.descriptor = descriptor
        self.peer = peer
        self.admission = admission
        self.loop = loop
        self.core = core
        serial = core.nextSerial()
    }

    /// Begins serving; returns at once.
    nonisolated func start() {
        let started = Task(executorPreference: loop) { await self.run() }
        task.withLock { $0 = started }
    }

    private func run() async {
        if loop.add(self, descriptor) {
            if case .refused(let status) = admission {
                await refuse(with: status)
            } else {
                core.register(self)
                await serve()
                core.unregister(self)
            }
        }
        closeSocket()
        core.released(peer, admission)
        task.withLock { $0 = nil }
    }

    /// Finishes what is being answered, and then closes.
    func drain() {
        isDraining = true
        if phase == .idle { wakeReader(.lost) }
    }

    /// Gives the client up, whatever is going on.
    func abort() {
        guard !isLost else { return }
        isLost = true
        wakeReader(.lost)
        wakeWriter(.lost)
        task.withLock { $0?.cancel() }
        // What runs on regardless finds that it is lost; the client need not wait for that.
        closeSocket()
    }

    private func closeSocket() {
        guard descriptor >= 0 else { return }
        loop.remove(descriptor)
        close(descriptor)
        descriptor = -1
    }

    // MARK: Readiness

    enum Wake { case ready, timedOut, lost }

    /// Called by the loop, edge-triggered.
    func becameReady(_ events: UInt32) {
        if events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0, events & EPOLLIN.rawValue == 0 || phase != .idle {
            // Reset, or closed on both sides.
            return abort()
        }
        if events & EPOLLRDHUP.rawValue != 0 {
            peerHasClosed = true
            if phase == .streaming { return abort() }
        }
        if events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 {
            mayRead = true
            wakeReader(.ready)
        }
        if events & EPOLLOUT.rawValue != 0 {
            mayWrite = true
            wakeWriter(.ready)
        }
    }

    /// Called by the loop ten times a second.
    func checkDeadline(_ now: ContinuousClock.Instant) {
        if let readDeadline, now >= readDeadline { wakeReader(.timedOut) }
        if let writeDeadline, now >= writeDeadline { wakeWriter(.timedOut) }
    }

    private func wakeReader(_ wake: Wake) {
        guard let waiting = reader else { return }
        (reader, readDeadline) = (nil, nil)
        waiting.resume(returning: wake)
    }

    private func wakeWriter(_ wake: Wake) {
        guard let waiting = writer else { return }
        (writer, writeDeadline) = (nil, nil)
        waiting.resume(returning: wake)
    }

    // MARK: Reading

    enum Arrival { case bytes, end, timedOut, lost }

    /// Waits until more has come and appends it to `input`.
    func receive(until deadline: ContinuousClock.Instant?) async -> Arrival {
        while !isLost {
            if hasReadAll { return .end }
            if mayRead {
                let scratch = loop.scratch
                let count = read(descriptor, scratch.baseAddress, scratch.count)
                if count > 0 {
                    // A short read has emptied the socket: more is a new edge (epoll(7)). Not if a FIN is waiting.
                    if count < scratch.count, !peerHasClosed { mayRead = false }
                    input.append(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
                    return .bytes
                }
                if count == 0 {
                    (hasReadAll, peerHasClosed) = (true, true)
                    return .end
                }
                if errno == EINTR { continue }
                guard errno == EAGAIN else { break }
                mayRead = false
            }
            precondition(reader == nil, "a request's body is read by one task at a time")
            let wake = await withUnsafeContinuation { continuation in
                (reader, readDeadline) = (continuation, deadline)
            }
            if wake == .timedOut { return .timedOut }
            if wake == .lost { break }
        }
        return .lost
    }

    // MARK: Writing

    /// Sends three pieces as one, in a single system call if the system takes it all. A task that writes while another
    /// one does waits for its turn.
    /// - Throws: `ConnectionLost`.
    func send(_ first: [UInt8], _ second: [UInt8] = [], _ third: [UInt8] = []) async throws {
        while isWriting { await withUnsafeContinuation { waitingWriters.append($0) } }
        isWriting = true
        defer {
            isWriting = false
            if !waitingWriters.isEmpty { waitingWriters.removeFirst().resume() }
        }
        let total = first.count + second.count + third.count
        var (sent, rounds) = (0, 0)
        while sent < total {
            guard !isLost else { throw ConnectionLost() }
            let count = mayWrite ? sendOnce(first, second, third, from: sent) : -1
            if count >= 0 {
                sent += count
                bytesSent += count
                rounds += 1
                // A client that reads as fast as this writes must not have the loop for itself.
                if rounds % 16 == 0 { await Task.yield() }
                continue
            }
            if mayWrite, errno == EINTR { continue }
            guard !mayWrite || errno == EAGAIN else {
                abort()
                throw ConnectionLost()
            }
            mayWrite = false
            let wake = await withUnsafeContinuation { continuation in
                (writer, writeDeadline) = (continuation, .now + core.configuration.deadlines.writeStall)
            }
            if wake == .timedOut { abort() }
        }
    }

    /// `writev` that raises no SIGPIPE.
    private func sendOnce(_ first: [UInt8], _ second: [UInt8], _ third: [UInt8], from offset: Int) -> Int {
        first.withUnsafeBytes { first in
            second.withUnsafeBytes { second in
                third.withUnsafeBytes { third in
                    withUnsafeTemporaryAllocation(of: iovec.self, capacity: 3) { parts in
                        var (skipped, count) = (offset, 0)
                        for piece in [first, second, third] {
                            let start = min(skipped, piece.count)
                            skipped -= start
                            guard start < piece.count, let base = piece.baseAddress else { continue }
                            parts[count] = iovec(
                                iov_base: UnsafeMutableRawPointer(mutating: base + start),
                                iov_len: piece.count - start)
                            count += 1
                        }
                        var message = msghdr()
                        message.msg_iov = parts.baseAddress
                        message.msg_iovlen = count
                        return sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
                    }
                }
            }
        }
    }

    /// Says that nothing more is sent, and throws away what still comes, so that the client can read the last answer: a
    /// socket that is closed with unread bytes in it sends a reset, and that discards the answer at the other end.
    func linger() async {
        guard !isLost, shutdown(descriptor, Int32(SHUT_WR)) == 0 else { return }
        let deadline = ContinuousClock.now + core.configuration.deadlines.linger
        while case .bytes = await receive(until: deadline), ContinuousClock.now < deadline { input = InputBuffer() }
    }
}
