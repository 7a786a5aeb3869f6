import HTTPTypes
import Synchronization

/// Memory for all bodies together that are collected rather than read piece by piece. Safe to call from any task.
public final class BodyMemory: Sendable {
    private let limit: Int
    private let advice: String
    private let taken = Atomic(0)

    /// - Parameters:
    ///   - limit: bytes.
    ///   - advice: a sentence for those who need more.
    public init(limit: Int, advice: String = "") {
        self.limit = limit
        self.advice = advice
    }

    /// Bytes that are in memory now.
    public var used: Int { taken.load(ordering: .relaxed) }

    /// What one request's body has of it, until it is given back or let go of.
    final class Share: Sendable {
        private let memory: BodyMemory
        private let bytes = Atomic(0)

        init(_ memory: BodyMemory) { self.memory = memory }

        deinit { memory.taken.subtract(bytes.load(ordering: .relaxed), ordering: .relaxed) }

        /// Announcing is no taking: whoever announces much and sends nothing keeps nobody out.
        /// - Throws: `Problem`: 503 where there is no room for so many bytes now, 413 where there never is.
        func check(_ announced: Int) throws(Problem) {
            guard announced <= memory.limit else { throw memory.tooLarge }
            guard memory.used + announced <= memory.limit else { throw memory.full }
        }

        /// - Throws: as `check`.
        func take(_ count: Int) throws(Problem) {
            guard bytes.add(count, ordering: .relaxed).newValue <= memory.limit else {
                bytes.subtract(count, ordering: .relaxed)
                throw memory.tooLarge
            }
            guard memory.taken.add(count, ordering: .relaxed).newValue <= memory.limit else {
                bytes.subtract(count, ordering: .relaxed)
                memory.taken.subtract(count, ordering: .relaxed)
                throw memory.full
            }
        }

        func giveBack(_ count: Int) {
            bytes.subtract(count, ordering: .relaxed)
            memory.taken.subtract(count, ordering: .relaxed)
        }
    }

    private var tooLarge: Problem {
        Problem(.contentTooLarge, "The body has more than the \(limit) bytes of all bodies in memory. \(advice)")
    }

    private var full: Problem {
        var problem = Problem(
            .serviceUnavailable,
            "The bodies of other requests fill the \(limit) bytes of memory for them; try again in a second. \(advice)")
        problem.headers[.retryAfter] = "1"
        return problem
    }
}

/// Gives each request a share of the memory for bodies, until it has been answered.
public struct BodyMemoryMiddleware: Middleware {
    private let memory: BodyMemory

    public init(_ memory: BodyMemory) { self.memory = memory }

    public func handle(_ request: Request, next: Handler) async throws -> Response {
        let share = BodyMemory.Share(memory)
        // A handler's bytes outlive its use of the request.
        defer { withExtendedLifetime(share) {} }
        var request = request
        request.body.memory = share
        return try await next(request)
    }
}
