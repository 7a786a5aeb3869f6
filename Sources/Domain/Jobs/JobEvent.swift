public import Foundation

/// Something that has happened to a job, for whoever watches it. Kept while the job is
/// there, and of one that is over for `training.event_retention`.
public struct JobEvent: Sendable, Equatable {
    public enum Kind: String, Sendable, Codable { case state, progress, metric, warning, done }

    /// Counted from 1 in each job, without gaps.
    public let sequence: Int
    public let kind: Kind
    public let at: Date
    /// A JSON object.
    public let data: String

    public init(sequence: Int, kind: Kind, at: Date, data: String) {
        self.sequence = sequence
        self.kind = kind
        self.at = at
        self.data = data
    }
}
