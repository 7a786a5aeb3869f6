import Synchronization

/// Set once, from any thread, and polled by blocking work between two photos or two steps.
public final class CancellationFlag: Sendable {
    private let state = Atomic<Bool>(false)

    public init() {}

    public var isCancelled: Bool { state.load(ordering: .acquiring) }

    public func cancel() { state.store(true, ordering: .releasing) }

    /// - Throws: `CancellationError` once the flag is set.
    public func check() throws {
        if isCancelled { throw CancellationError() }
    }
}
