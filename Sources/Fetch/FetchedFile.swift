/// What a server said about a file that has come in whole.
public struct FetchedFile: Sendable, Equatable {
    /// Where it came from in the end, without a fragment.
    public let url: String
    /// As the server claims; nil where it does not.
    public let contentType: String?
    /// Bytes handed to the sink.
    public let length: Int
}
