import HTTPTypes

extension Connection {
    // MARK: Heads

    /// What has come of the next request.
    enum Next {
        case head(RequestHead, since: ContinuousClock.Instant)
        case refused(Problem, isHead: Bool)
        case incomplete
        /// Nothing is to be answered, and nothing will be.
        case none
    }

    /// Reads as far as the next request's head has come, without waiting. Where it is incomplete, the phase and the
    /// deadline say what is waited for.
    func nextRequest() -> Next {
        while true {
            if !input.isEmpty {
                var (parser, since): (RequestHeadParser, ContinuousClock.Instant)
                if case .head(let begun, let start) = phase {
                    (parser, since) = (begun, start)
                } else {
                    (parser, since) = (RequestHeadParser(limits: core.configuration.limits), core.now())
                    readDeadline = since + core.configuration.deadlines.header
                }
                do {
                    let found = try input.withUnsafeBytes { (bytes) throws(Problem) in try parser.parse(bytes) }
                    if let found {
                        input.consume(found.length)
                        (phase, readDeadline) = (.busy, nil)
                        return .head(found.head, since: since)
                    }
                    phase = .head(parser, since: since)
                } catch {
                    (phase, readDeadline) = (.busy, nil)
                    return .refused(error, isHead: parser.isHead)
                }
            }
            switch receiveNow() {
            case .bytes: continue
            case .nothing: return .incomplete
            case .end:
                // Whoever closes in the middle of a head may still read why it is not answered.
                guard case .head(let parser, _) = phase else { return .none }
                (phase, readDeadline) = (.busy, nil)
                return .refused(.badRequest("The request is cut short."), isHead: parser.isHead)
            case .timedOut, .lost: return .none
            }
        }
    }

    // MARK: Answers

    /// Answers a request, and those that have come behind it.
    func serve(_ first: RequestHead, since start: ContinuousClock.Instant) async -> After {
        var (head, since) = (first, start)
        while true {
            guard await answer(head, since: since) else {
                await linger()
                return .over
            }
            phase = .idle
            readDeadline = core.now() + core.configuration.deadlines.idle
            await takeTurns()
            switch nextRequest() {
            case .head(let next, let start): (head, since) = (next, start)
            case .refused(let problem, let isHead): return await refuse(problem, isHead: isHead)
            case .incomplete: return isDraining ? .over : .waits
            case .none: return .over
            }
        }
    }

    /// Answers what is no request, and gives up on the connection.
    func refuse(_ problem: Problem, isHead: Bool, since start: ContinuousClock.Instant? = nil) async -> After {
        number += 1
        bytesSent = 0
        incoming = IncomingBody()
        var exchange = ExchangeRecord(start: start ?? core.now(), number: number)
        exchange.status = problem.status.code
        let response = problem.response(requestID: core.requestID(number, of: self))
        _ = try? await send(response, isHead: isHead, minorVersion: 1, keepsAlive: false)
        finish(exchange)
        await linger()
        return .over
    }

    /// Tells a client that there is no room for it.
    func refuse(with status: HTTPResponse.Status) async -> After {
        let limits = core.configuration.limits
        let reason =
            status == .tooManyRequests
            ? "There are \(limits.connectionsPerPeer) connections from your address already, which is the limit "
                + "(limits.connections_per_peer)"
            : "There are \(limits.connections) connections already, which is the limit (limits.connections)"
        var problem = Problem(status, reason + "; close some, or try again in a second.")
        problem.headers[.retryAfter] = "1"
        return await refuse(problem, isHead: false)
    }

    /// - Returns: whether another request may follow.
    private func answer(_ head: RequestHead, since start: ContinuousClock.Instant) async -> Bool {
        number += 1
        bytesSent = 0
        var exchange = ExchangeRecord(start: start, number: number)
        (incoming, outgoing) = (IncomingBody(), OutgoingBody())
        var length: Int?
        switch head.framing {
        case .length(let bytes):
            incoming.source = .length(remaining: bytes)
            length = bytes
        case .chunked: incoming.source = .chunked(ChunkedDecoder(limits: core.configuration.limits))
        }
        incoming.awaitsContinue = head.expectsContinue
        let limit = core.configuration.limits.body
        let request = Request(
            head: head.request, target: head.target,
            body: length == 0
                ? .empty(limit: limit) : RequestBody(connection: self, number: number, length: length, limit: limit),
            peer: peer, client: core.client(of: head.request, peer: peer), connection: self, number: number)
        exchange.request = request

        var response = await respond(to: request, &exchange)
        exchange.note(response)
        // Also where the client has closed its side: other requests may have come before that.
        var keepsAlive = head.keepsAlive && !isDraining
        // Where the rest of the body is too long to be thrown away, the client should hear that this is the end.
        if case .length(let remaining) = incoming.source, remaining > core.configuration.limits.drainedBody {
            keepsAlive = false
        }
        if case .broken = incoming.source { keepsAlive = false }
        if response.status == .contentTooLarge, !incoming.isFinished { keepsAlive = false }
        if incoming.awaitsContinue { keepsAlive = false }
        do {
            let isHead = head.request.method == .head
            do {
                try await send(response, isHead: isHead, minorVersion: head.minorVersion, keepsAlive: keepsAlive)
            } catch let error where !outgoing.head.isEmpty && !(error is ConnectionLost) {
                // Nothing of the response has gone out yet, so it can still be another one.
                response = core.response(to: error, request, &exchange)
                exchange.note(response)
                try await send(response, isHead: isHead, minorVersion: head.minorVersion, keepsAlive: keepsAlive)
            }
        } catch {
            exchange.failure = exchange.failure ?? "\(error)"
            keepsAlive = false
            // A response that is cut off must not look like one that is whole.
            abort()
        }
        outgoing.isClosed = true
        let isFree = closeBody()
        if keepsAlive { keepsAlive = isFree ? await drainBody() : false }
        finish(exchange)
        return keepsAlive && !isDraining
    }

    private func respond(to request: Request, _ exchange: inout ExchangeRecord) async -> Response {
        do {
            return try await core.handler(request)
        } catch {
            return core.response(to: error, request, &exchange)
        }
    }

    /// - Throws: what a stream throws; `outgoing.head` is then empty if any of it has been sent.
    private func send(_ response: Response, isHead: Bool, minorVersion: Int, keepsAlive: Bool) async throws {
        func head(_ framing: ResponseEncoder.Framing, keepsAlive: Bool) -> [UInt8] {
            ResponseEncoder.head(
                response, framing: framing, minorVersion: minorVersion, keepsAlive: keepsAlive, date: loop.date(),
                server: core.configuration.serverName)
        }
        outgoing = OutgoingBody()
        outgoing.hasBegun = true
        let hasNoBody = response.status.code == 204 || response.status.code == 304
        switch response.body {
        case _ where hasNoBody:
            try await send(head(.none, keepsAlive: keepsAlive))
        case .none:
            try await send(head(.length(0), keepsAlive: keepsAlive))
        case .bytes(let bytes):
            try await send(head(.length(bytes.count), keepsAlive: keepsAlive), isHead ? [] : bytes)
        case .stream(let length, let produce):
            let framing: ResponseEncoder.Framing =
                if let length { .length(length) } else if minorVersion == 1 { .chunked } else { .close }
            outgoing.head = head(framing, keepsAlive: keepsAlive && framing != .close)
            if isHead { return try await sendHeadOfStream() }
            outgoing.hasBegun = false
            outgoing.isChunked = framing == .chunked
            outgoing.endsWithConnection = framing == .close
            outgoing.remaining = length
            outgoing.isClosed = false
            // One of known length ends by itself, and soon finds that nobody is there any more.
            if incoming.isFinished, length == nil {
                phase = .streaming
                if peerHasClosed { throw ConnectionLost() }
            }
            let number = number
            try await produce(ResponseWriter { [self] in try await writeBody($0, number: number) })
            // What a task that the producer has left behind still writes would be taken for the next response.
            outgoing.isClosed = true
            try Task.checkCancellation()
            guard outgoing.remaining ?? 0 == 0 else { throw WrongLength() }
            let rest = outgoing.head + (outgoing.isChunked ? ResponseEncoder.lastChunk : [])
            outgoing.head = []
            if !rest.isEmpty { try await send(rest) }
            outgoing.endsWithConnection = false
        }
    }

    private func sendHeadOfStream() async throws {
        let head = outgoing.head
        outgoing.head = []
        try await send(head)
    }

    private func finish(_ record: ExchangeRecord) {
        core.report(record, bytesReceived: incoming.bytesReceived, bytesSent: bytesSent, connection: self)
    }
}

/// What is known of an exchange while it goes on.
struct ExchangeRecord {
    let start: ContinuousClock.Instant
    let number: Int
    var request: Request?
    var status = 0
    var route: String?
    var requestID: String?
    var failure: String?

    init(start: ContinuousClock.Instant, number: Int) {
        self.start = start
        self.number = number
    }

    mutating func note(_ response: Response) {
        (status, route, requestID) = (response.status.code, response.route, response.requestID)
    }
}
