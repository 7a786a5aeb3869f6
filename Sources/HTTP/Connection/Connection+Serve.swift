import HTTPTypes

extension Connection {
    /// Requests and their answers, in order, until there are no more.
    func serve() async {
        var isFirst = true
        while let mayContinue = await serveNext(isFirst: isFirst) {
            isFirst = false
            if !mayContinue { return await linger() }
        }
    }

    /// Tells a client that there is no room for it.
    func refuse(with status: HTTPResponse.Status) async {
        phase = .busy
        var problem = Problem(status, "There are too many connections; try again in a second.")
        problem.headers[.retryAfter] = "1"
        var exchange = ExchangeRecord(start: .now, number: 0)
        await refuse(problem, &exchange)
        await linger()
    }

    /// - Returns: whether another request may follow; nil where there is nobody to linger for.
    private func serveNext(isFirst: Bool) async -> Bool? {
        let deadlines = core.configuration.deadlines
        phase = .idle
        if input.isEmpty {
            if isDraining { return nil }
            let wait = isFirst ? deadlines.header : deadlines.idle
            let arrival = await receive(until: .now + wait)
            guard arrival == .bytes else { return arrival == .timedOut ? false : nil }
        }
        phase = .busy
        let start = ContinuousClock.now
        number += 1
        bytesSent = 0
        var exchange = ExchangeRecord(start: start, number: number)
        do {
            guard let head = try await readHead(until: start + deadlines.header) else { return nil }
            return await answer(head, &exchange)
        } catch {
            await refuse(error, &exchange)
            return false
        }
    }

    /// - Returns: nil where the client has gone.
    private func readHead(until deadline: ContinuousClock.Instant) async throws(Problem) -> RequestHead? {
        var parser = RequestHeadParser(limits: core.configuration.limits)
        while true {
            let found = try input.withUnsafeBytes { (bytes) throws(Problem) in try parser.parse(bytes) }
            if let found {
                input.consume(found.length)
                return found.head
            }
            switch await receive(until: deadline) {
            case .bytes: continue
            case .timedOut: throw Problem(.requestTimeout, "The header of the request did not come in time.")
            // Whoever closes in the middle of a head may still read why it is not answered.
            case .end: throw .badRequest("The request is cut short.")
            case .lost: return nil
            }
        }
    }

    /// Answers what is no request, and gives up on the connection.
    private func refuse(_ problem: Problem, _ exchange: inout ExchangeRecord) async {
        exchange.status = problem.status.code
        let response = problem.response(requestID: core.requestID(exchange.number, of: self))
        _ = try? await send(response, isHead: false, minorVersion: 1, keepsAlive: false)
        finish(exchange)
    }

    private func answer(_ head: RequestHead, _ exchange: inout ExchangeRecord) async -> Bool {
        incoming = IncomingBody()
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
            peer: peer, client: core.client(of: head.request, peer: peer), id: core.requestID(number, of: self),
            connection: self)
        exchange.request = request

        var response = await respond(to: request, &exchange)
        exchange.note(response)
        var keepsAlive = head.keepsAlive && !isDraining && !peerHasClosed
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
        if keepsAlive { keepsAlive = await drainBody() }
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
            outgoing.isChunked = framing == .chunked
            outgoing.remaining = length
            outgoing.isClosed = false
            if incoming.isFinished {
                phase = .streaming
                if peerHasClosed { throw ConnectionLost() }
            }
            let number = number
            try await produce(ResponseWriter { [self] in try await writeBody($0, number: number) })
            try Task.checkCancellation()
            guard outgoing.remaining ?? 0 == 0 else { throw WrongLength() }
            let rest = outgoing.head + (outgoing.isChunked ? ResponseEncoder.lastChunk : [])
            outgoing.head = []
            if !rest.isEmpty { try await send(rest) }
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
