import CLinux
import Glibc
import HTTPTypes

/// One client's connection: reads requests, has them answered, one after the other.
///
/// An actor on its loop, so that readiness, deadlines, handlers and streams may all call it. It has a task only while a
/// request is answered: an idle connection, and one whose request comes byte by byte, costs little more than its buffer.
actor Connection {
    nonisolated let loop: EventLoop
    nonisolated let peer: SocketAddress
    /// Counts the connections of the server.
    nonisolated let serial: Int
    nonisolated let core: ServerCore
    private let admission: ServerCore.Admission
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    /// Answers what has been asked; nil while there is nothing to answer.
    private var task: Task<Void, Never>?

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
    private var hasEnded = false
    private var reader: UnsafeContinuation<Wake, Never>?
    private var writer: UnsafeContinuation<Wake, Never>?
    /// Of whoever waits, or, without a task, of the connection.
    var readDeadline: ContinuousClock.Instant?
    private var writeDeadline: ContinuousClock.Instant?

    // MARK: The request

    /// What is going on, as far as others have to know.
    enum Phase {
        /// Nothing of the next request has come.
        case idle
        /// Some of the next request's head has come.
        case head(RequestHeadParser, since: ContinuousClock.Instant)
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
    /// Steps done on behalf of this client.
    private var steps = 0

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

    /// Begins serving, on the loop.
    func start() {
        guard loop.add(self, descriptor) else { return end() }
        core.register(self)
        if case .refused(let status) = admission {
            phase = .busy
            run { await $0.refuse(with: status) }
        } else {
            readDeadline = core.now() + core.configuration.deadlines.header
            advance()
        }
    }

    /// Goes on with what has come, as long as nothing answers a request that came before it.
    private func advance() {
        switch nextRequest() {
        case .head(let head, let since): run { await $0.serve(head, since: since) }
        case .refused(let problem, let isHead): run { await $0.refuse(problem, isHead: isHead) }
        case .incomplete: break
        case .none: end()
        }
    }

    /// Runs a task that answers; when it returns, the connection waits for the next request or is over.
    private func run(_ body: @escaping @Sendable (isolated Connection) async -> After) {
        task = Task(executorPreference: loop) { await self.perform(body) }
    }

    private func perform(_ body: @Sendable (isolated Connection) async -> After) async {
        let after = await body(self)
        task = nil
        if after == .over || isLost || isDraining { return end() }
        // Something may have come while the task was on its way out.
        if mayRead { advance() }
    }

    /// What becomes of a connection after a task.
    enum After { case waits, over }

    private func end() {
        guard !hasEnded else { return }
        hasEnded = true
        isLost = true
        // Of tasks that a handler has left behind.
        wakeReader(.lost)
        wakeWriter(.lost)
        closeSocket()
        core.unregister(self)
        core.released(peer, admission)
    }

    /// Finishes what is being answered, and then closes.
    func drain() {
        isDraining = true
        if task == nil { end() }
    }

    /// Gives the client up, whatever is going on.
    func abort() {
        guard let task else { return end() }
        guard !isLost else { return }
        isLost = true
        wakeReader(.lost)
        wakeWriter(.lost)
        task.cancel()
        // What runs on regardless finds that it is lost; the client need not wait for that.
        closeSocket()
    }

    private func closeSocket() {
        guard descriptor >= 0 else { return }
        if isWriting || outgoing.endsWithConnection {
            // By a reset: what has not been sent is of no use, and must not wait in the system for somebody who does not
            // read; and where the end of the connection is that of the body, a part must not look like the whole.
            var now = Glibc.linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<Glibc.linger>.size))
        }
        loop.remove(descriptor)
        close(descriptor)
        descriptor = -1
    }

    // MARK: Readiness

    enum Wake { case ready, timedOut, lost }

    /// Called by the loop, edge-triggered.
    func becameReady(_ events: UInt32) {
        let isBroken = events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
        // Reset, or closed on both sides: nobody reads an answer. A request that may still be executed is read first.
        if isBroken, task != nil || events & EPOLLIN.rawValue == 0 { return abort() }
        if events & EPOLLRDHUP.rawValue != 0 {
            peerHasClosed = true
            if case .streaming = phase { return abort() }
        }
        if isBroken || events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0 {
            mayRead = true
            if task == nil { advance() } else { wakeReader(.ready) }
        }
        if events & EPOLLOUT.rawValue != 0 {
            mayWrite = true
            wakeWriter(.ready)
        }
    }

    /// Called by the loop ten times a second.
    func checkDeadline() {
        let now = core.now()
        if let readDeadline, now >= readDeadline {
            if task == nil { deadlinePassed() } else { wakeReader(.timedOut) }
        }
        if let writeDeadline, now >= writeDeadline { wakeWriter(.timedOut) }
    }

    /// Nothing, or not enough, has come.
    private func deadlinePassed() {
        guard case .head(let parser, let since) = phase else { return end() }
        phase = .busy
        let problem = Problem(.requestTimeout, "The header of the request did not come in time.")
        run { await $0.refuse(problem, isHead: parser.isHead, since: since) }
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

    /// To be called with each step. A client that sends as fast as this reads, or reads as fast as this writes, never makes
    /// it wait, and must not have the loop for itself.
    func takeTurns() async {
        steps &+= 1
        guard steps % 16 == 0 else { return }
        // `Task.yield` would go through the global executor, whose threads may be busy for long.
        await withUnsafeContinuation { continuation in loop.run { continuation.resume() } }
    }

    /// Wakes who waits for more of a body, because its task is cancelled.
    func stopReading(number: Int) {
        if number == self.number, incoming.isBeingRead { wakeReader(.lost) }
    }

    /// Takes the body away from who still reads it when its request has been answered.
    /// - Returns: whether there was nobody, so that the rest can be read.
    func closeBody() -> Bool {
        incoming.isClosed = true
        if incoming.isBeingRead { wakeReader(.lost) }
        return !incoming.isBeingRead
    }

    // MARK: Reading

    enum Arrival { case bytes, end, nothing, timedOut, lost }

    /// Takes what has come, if anything has.
    func receiveNow() -> Arrival {
        while !isLost {
            if hasReadAll { return .end }
            if !mayRead { return .nothing }
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
            guard errno == EAGAIN else { return .lost }
            mayRead = false
        }
        return .lost
    }

    /// Waits until more has come. For one task at a time.
    func receive(until deadline: ContinuousClock.Instant) async -> Arrival {
        await takeTurns()
        while true {
            let arrival = receiveNow()
            guard case .nothing = arrival else { return arrival }
            // Cancelled before it waits: `stopReading` has found nobody.
            if Task.isCancelled { return .lost }
            precondition(reader == nil, "two tasks read from one connection")
            let wake = await withUnsafeContinuation { continuation in
                (reader, readDeadline) = (continuation, deadline)
            }
            switch wake {
            case .ready: continue
            case .timedOut: return .timedOut
            case .lost: return .lost
            }
        }
    }

    // MARK: Writing

    /// Sends three pieces as one, in a single system call if the system takes it all. Tasks that write at the same time do so
    /// in the order in which they came.
    /// - Throws: `ConnectionLost`.
    func send(_ first: [UInt8], _ second: [UInt8] = [], _ third: [UInt8] = []) async throws {
        if isWriting { await withUnsafeContinuation { waitingWriters.append($0) } }
        isWriting = true
        defer {
            // Handed on rather than let go of, or whoever came at this moment would be before those who wait.
            isWriting = !waitingWriters.isEmpty
            if isWriting { waitingWriters.removeFirst().resume() }
        }
        let total = first.count + second.count + third.count
        var sent = 0
        while sent < total {
            guard !isLost else { throw ConnectionLost() }
            let count = mayWrite ? sendOnce(first, second, third, from: sent) : -1
            if count >= 0 {
                sent += count
                bytesSent += count
                await takeTurns()
                continue
            }
            if mayWrite, errno == EINTR { continue }
            guard !mayWrite || errno == EAGAIN else {
                abort()
                throw ConnectionLost()
            }
            mayWrite = false
            let wake = await withUnsafeContinuation { continuation in
                (writer, writeDeadline) = (continuation, core.now() + core.configuration.deadlines.writeStall)
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
        let deadline = core.now() + core.configuration.deadlines.linger
        while case .bytes = await receive(until: deadline), core.now() < deadline { input = InputBuffer() }
    }
}
