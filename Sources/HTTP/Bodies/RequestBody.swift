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

    /// All of it.
    /// - Throws: as `Iterator.next`.
    public func collect() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        // Announcing is cheap: a gigabyte costs something once it comes.
        if let length, length <= limit { bytes.reserveCapacity(Swift.min(length, 1 << 20)) }
        for try await chunk in self { bytes += chunk }
        return bytes
    }

    private var tooLarge: Problem {
        Problem(.contentTooLarge, "The body has more than the \(limit) bytes that are accepted here.")
    }
}
