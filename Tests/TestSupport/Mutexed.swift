import Synchronization

/// A value that several threads look at and change.
public final class Mutexed<Value: Sendable>: Sendable {
    private let content: Mutex<Value>

    public init(_ value: Value) { content = Mutex(value) }

    public var value: Value { content.withLock { $0 } }

    @discardableResult
    public func change<Result: Sendable>(_ body: (inout Value) -> Result) -> Result { content.withLock { body(&$0) } }
}
