import HTTPTypes

// What MultipartReader needs of a request, without a connection: the fuzzer is compiled from the parsers' own sources,
// and these two take the places of the types of the same names.

public struct Request: Sendable {
    var headers = HTTPFields()
    var body: RequestBody
}

/// A body that comes in given pieces.
public struct RequestBody: AsyncSequence, Sendable {
    let pieces: [[UInt8]]

    public func makeAsyncIterator() -> Iterator { Iterator(rest: pieces[...]) }

    public struct Iterator: AsyncIteratorProtocol {
        var rest: ArraySlice<[UInt8]>
        public mutating func next() async throws -> [UInt8]? { rest.popFirst() }
    }
}
