/// Which tensors of a backbone an engine computes.
public enum BackboneOutput: Sendable, Hashable {
    /// The bottleneck vector.
    case features
    /// What is averaged to the bottleneck vector.
    case featureMap
    /// The scores of the classes the backbone was pretrained on.
    case logits
}

/// A compiled backbone, shared by all threads.
public protocol InferenceEngine: AnyObject, Sendable {
    var backbone: Backbone { get }
    /// How many sessions run at once with profit.
    var streamCount: Int { get }
    /// The length of an output for one picture.
    func size(of output: BackboneOutput) -> Int
    /// The lengths of an output for one picture in the network's own order, without that of the batch.
    func shape(of output: BackboneOutput) -> [Int]
    /// - Throws: `RegraftError` when memory runs out.
    func makeSession() throws -> any InferenceSession
}

/// One inference at a time, of one picture. Not Sendable: each worker has its own.
public protocol InferenceSession: AnyObject {
    /// `[height, width, 3]` bytes, RGB: written before each `run`.
    var input: UnsafeMutableBufferPointer<UInt8> { get }
    /// Runs the backbone on `input` and waits for it, on a thread that may block.
    /// - Throws: `RegraftError` with the engine's reason.
    func run() throws
    /// A result of the last `run`, valid until the next.
    func output(_ output: BackboneOutput) -> UnsafeBufferPointer<Float>
}
