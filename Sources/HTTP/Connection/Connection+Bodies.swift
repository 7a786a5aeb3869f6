import HTTPTypes

/// Where the reading of a request's body is.
struct IncomingBody {
    enum Source {
        case length(remaining: Int)
        case chunked(ChunkedDecoder)
        /// It could not be read to its end: nothing that follows can be trusted.
        case broken
    }
    var source = Source.length(remaining: 0)
    var bytesReceived = 0
    /// `100 Continue` has been asked for and not been sent.
    var awaitsContinue = false
    /// How long the client has been waited for.
    var waited = Duration.zero
    /// By a task of the handler's.
    var isBeingRead = false
    /// The request has been answered: no handler may read on.
    var isClosed = false

    var isFinished: Bool {
        switch source {
        case .length(let remaining): remaining == 0
        case .chunked(let decoder): decoder.isDone
        case .broken: false
        }
    }
}

/// Where the sending of a response is.
struct OutgoingBody {
    /// The head, until the first bytes of the body go with it.
    var head: [UInt8] = []
    /// Some of it may have been sent.
    var hasBegun = false
    var isChunked = false
    /// The end of the connection will be the body's, and it has not been reached.
    var endsWithConnection = false
    /// Of a body of known length.
    var remaining: Int?
    /// The response must not be written to: it is over, or has no body.
    var isClosed = true
}

/// A stream that has not written what it has announced: the handler's fault.
struct WrongLength: Error, CustomStringConvertible {
    let description = "A streamed response is not as long as was announced."
}

/// Two tasks that read one body at the same time: the handler's fault.
struct BodyIsBeingRead: Error, CustomStringConvertible {
    let description = "Two tasks read the body of a request at the same time."
}

extension Connection {
    private static let chunkSize = 64 << 10

    // MARK: The request's

    /// The next 64 KiB, or what is left.
    /// - Throws: `Problem`, `ConnectionLost`, `CancellationError`.
    func readBody(number: Int) async throws -> [UInt8]? {
        guard number == self.number, !incoming.isClosed else { throw ConnectionLost() }
        guard !incoming.isBeingRead else { throw BodyIsBeingRead() }
        incoming.isBeingRead = true
        // Nothing else begins with the next request before this is over: see `closeBody`.
        defer { incoming.isBeingRead = false }
        return try await withTaskCancellationHandler {
            try await readChunk()
        } onCancel: {
            loop.run { self.assumeIsolated { $0.stopReading(number: number) } }
        }
    }

    private func readChunk() async throws -> [UInt8]? {
        var chunk: [UInt8] = []
        while !incoming.isFinished {
            guard chunk.count < Self.chunkSize else { break }
            let before = chunk.count
            do {
                let hasMoved = try takeBody(into: &chunk)
                incoming.bytesReceived += chunk.count - before
                if hasMoved { continue }
            } catch {
                incoming.source = .broken
                throw error
            }
            try await receiveBody()
        }
        return chunk.isEmpty ? nil : chunk
    }

    /// - Returns: false when more must come first.
    private func takeBody(into chunk: inout [UInt8]) throws(Problem) -> Bool {
        if chunk.capacity == 0 { chunk.reserveCapacity(min(Self.chunkSize, expectedBytes)) }
        switch incoming.source {
        case .length(let remaining):
            let moved = input.move(upTo: min(remaining, Self.chunkSize - chunk.count), to: &chunk)
            incoming.source = .length(remaining: remaining - moved)
            return moved > 0
        case .chunked(var decoder):
            let hasMoved = try decoder.decode(&input, into: &chunk, capacity: Self.chunkSize)
            incoming.source = .chunked(decoder)
            return hasMoved
        case .broken:
            throw .badRequest("The body could not be read.")
        }
    }

    private var expectedBytes: Int {
        if case .length(let remaining) = incoming.source { return remaining }
        return input.count
    }

    private func receiveBody() async throws {
        if incoming.awaitsContinue {
            incoming.awaitsContinue = false
            // Behind the head of the answer it would be taken for a part of the body.
            if !outgoing.hasBegun { try await send(ResponseEncoder.continue) }
        }
        // Left behind by its handler: the connection is another task's.
        if incoming.isClosed, incoming.isBeingRead { throw ConnectionLost() }
        // The client may take `bodyGrace`, and a second more for every `minimumBodyRate` bytes it has sent. Only the time
        // counts that it was waited for, not what the handler took.
        let deadlines = core.configuration.deadlines
        let received = incoming.bytesReceived + input.count
        let earned = Duration.milliseconds(received * 1000 / max(1, deadlines.minimumBodyRate))
        let start = core.now()
        let arrival = await receive(until: start + deadlines.bodyGrace + earned - incoming.waited)
        incoming.waited += core.now() - start
        switch arrival {
        case .bytes: return
        case .end:
            incoming.source = .broken
            throw Problem.badRequest("The body is cut short.")
        case .timedOut:
            incoming.source = .broken
            throw Problem(.requestTimeout, "The body came too slowly.")
        case .lost, .nothing:
            incoming.source = .broken
            if !isLost { try Task.checkCancellation() }
            throw ConnectionLost()
        }
    }

    /// Reads and drops what the handler has left.
    /// - Returns: whether the next request can be read.
    func drainBody() async -> Bool {
        if incoming.isFinished { return true }
        if incoming.awaitsContinue { return false }
        var left = core.configuration.limits.drainedBody
        if case .length(let remaining) = incoming.source, remaining > left { return false }
        while left > 0, let chunk = try? await readChunk() { left -= chunk.count }
        return incoming.isFinished
    }

    // MARK: The response's

    func writeBody(_ bytes: [UInt8], number: Int) async throws {
        guard number == self.number, !outgoing.isClosed else { throw ConnectionLost() }
        if let remaining = outgoing.remaining {
            guard bytes.count <= remaining else {
                throw WrongLength()
            }
            outgoing.remaining = remaining - bytes.count
        }
        var head: [UInt8] = []
        swap(&head, &outgoing.head)
        outgoing.hasBegun = true
        if outgoing.isChunked, !bytes.isEmpty {
            try await send(head + ResponseEncoder.chunkHead(bytes.count), bytes, ResponseEncoder.crlf)
        } else {
            try await send(head, bytes)
        }
    }
}
