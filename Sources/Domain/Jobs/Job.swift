public import Foundation

/// Names a job: `job_` and 26 characters, of which later jobs have larger ones.
public struct JobID: Hashable, Sendable, Codable, CustomStringConvertible {
    public let text: String

    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")

    public init(text: String) { self.text = text }

    /// A new one: 48 bits of milliseconds since 1970 and 80 random bits in Crockford's base 32, as in a ULID.
    public init(at time: Date) {
        var milliseconds = UInt64(max(0, time.timeIntervalSince1970 * 1000))
        var digits: [Character] = []
        for _ in 0..<10 {
            digits.insert(Self.alphabet[Int(milliseconds & 31)], at: 0)
            milliseconds >>= 5
        }
        for _ in 0..<16 { digits.append(Self.alphabet[Int.random(in: 0..<32)]) }
        text = "job_" + String(digits)
    }

    /// Nil where a text is not what `init(at:)` makes.
    public init?(wellFormed text: String) {
        guard text.hasPrefix("job_"), text.utf8.count == 30, text.dropFirst(4).allSatisfy(Self.alphabet.contains) else {
            return nil
        }
        self.text = text
    }

    public init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public var description: String { text }
}

/// A piece of work that outlives the request for it, and the server's restarts.
public struct Job: Sendable, Equatable {
    public enum Kind: String, Sendable, Codable, CaseIterable { case ingest, train }

    public enum State: String, Sendable, Codable, CaseIterable {
        case queued, running, succeeded, failed, cancelled
        public var isFinal: Bool { self != .queued && self != .running }
    }

    public enum Phase: String, Sendable, Codable { case ingest, extract, fit, evaluate, publish }

    public let id: JobID
    public var state: State
    public var specification: JobSpecification
    /// Higher ones run first; those of one priority in the order in which they came.
    public var priority: Int
    public var progress = JobProgress()
    public var metrics = JobMetrics()
    /// The version of the model that has come of it.
    public var modelVersion: Int?
    /// How often it was begun, this time included.
    public var attempt = 0
    /// Somebody has asked for its end, which it may not have come to yet, or may have heard of too late.
    public var isCancelRequested = false
    public var error: JobError?
    public var createdAt: Date
    public var startedAt: Date?
    public var finishedAt: Date?

    public init(id: JobID, specification: JobSpecification, priority: Int, createdAt: Date) {
        self.id = id
        state = .queued
        self.specification = specification
        self.priority = priority
        self.createdAt = createdAt
    }

    public var kind: Kind { specification.kind }
    public var dataset: ResourceName { specification.dataset }
    public var datasetVersion: Int { specification.datasetVersion }
    public var model: ResourceName? { specification.model }

    public static let attempts = 3
}

/// How far a job is in its phase.
public struct JobProgress: Sendable, Equatable, Codable {
    public enum Unit: String, Sendable, Codable {
        /// Files that were offered as photos, those that are refused among them.
        case photos
        /// Of an archive: while it is fetched, and while it is found out what it holds.
        case bytes
        /// Of all that are compared to choose the settings of the last.
        case fits
        /// Of the fit.
        case steps
    }

    public var phase: Job.Phase?
    /// What is counted; it may change within a phase, and counting then begins anew.
    public var unit: Unit?
    public var done = 0
    /// 0 where nobody knows.
    public var total = 0
    /// Done a second.
    public var rate: Double?
    /// Seconds until the phase is over.
    public var secondsLeft: Double?

    public init(
        phase: Job.Phase? = nil, unit: Unit? = nil, done: Int = 0, total: Int = 0, rate: Double? = nil,
        secondsLeft: Double? = nil
    ) {
        self.phase = phase
        self.unit = unit
        self.done = done
        self.total = total
        self.rate = rate
        self.secondsLeft = secondsLeft
    }
}

/// The last numbers of a training; accuracies 0…1, cross-entropy in nats on the validation photos.
public struct JobMetrics: Sendable, Equatable, Codable {
    public var trainAccuracy: Double?
    public var validationAccuracy: Double?
    public var testAccuracy: Double?
    public var crossEntropy: Double?

    public init() {}

    public var isEmpty: Bool { self == JobMetrics() }
}

/// Why a job has failed.
public struct JobError: Sendable, Equatable, Codable {
    /// Stable, for programs.
    public let code: String
    /// For a person: what was wrong and what to do.
    public let message: String

    public init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}
