import HTTPTypes

/// The body of a request, read as it comes. Only what is asked for is taken from the client, so the memory that an upload
/// costs is that of one chunk. It can be read once.
public struct RequestBody: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    let connection: Connection?
    let number: Int
    /// Bytes that the client has announced; nil where it does not know.
    public let length: Int?
    /// More bytes than this are refused with 413.
    public var limit: Int
    /// Of the memory for all bodies; nil where there is no limit to that.
    var memory: BodyMemory.Share?

    /// No body at all.
    static func empty(limit: Int) -> RequestBody { RequestBody(connection: nil, number: 0, length: 0, limit: limit) }

    public func makeAsyncIterator() -> Iterator { Iterator(body: self) }

    /// Chunks of 64 KiB; the last may be shorter.
    public struct Iterator: AsyncIteratorProtocol {
        let body: RequestBody
        private var count = 0

        init(body: RequestBody) { self.body = body }

        /// - Throws: `Problem`: 413 for more than the limit, 408 for a client that is too slow, 400 for a body that is not
        ///   what its head says; `ConnectionLost`.
        public mutating func next() async throws -> [UInt8]? {
            guard let connection = body.connection else { return nil }
            if let length = body.length, length > body.limit { throw body.tooLarge }
            guard let chunk = try await connection.readBody(number: body.number) else { return nil }
            count += chunk.count
            if count > body.limit { throw body.tooLarge }
            return chunk
        }
    }

    /// All of it, which counts as in memory until the request has been answered.
    /// - Throws: as `Iterator.next`; `Problem` (503) where other bodies fill the memory.
    public func collect() async throws -> [UInt8] {
        if let length, length <= limit { try expect(length) }
        var bytes: [UInt8] = []
        // Announcing is cheap: a gigabyte costs something once it comes.
        if let length, length <= limit { bytes.reserveCapacity(Swift.min(length, 1 << 20)) }
        for try await chunk in self {
            try keep(chunk.count)
            bytes += chunk
        }
        return bytes
    }

    /// Called before bytes are read that will be kept, where their number is known.
    /// - Throws: `Problem` (503, 413) where there is no memory for them.
    public func expect(_ count: Int) throws(Problem) { try memory?.check(count) }

    /// Called for bytes that are kept in memory by whoever reads the body piece by piece.
    /// - Throws: as `expect`.
    public func keep(_ count: Int) throws(Problem) { try memory?.take(count) }

    /// Called for bytes of `keep` that are kept no longer, before the request has been answered.
    public func release(_ count: Int) { memory?.giveBack(count) }

    private var tooLarge: Problem {
        Problem(.contentTooLarge, "The body has more than the \(limit) bytes that are accepted here.")
    }
}
