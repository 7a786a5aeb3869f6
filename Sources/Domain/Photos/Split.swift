/// The part a photo plays: fitted on, chosen by, or only measured on.
public enum Split: String, Sendable, CaseIterable, Codable {
    case train
    case validation
    case test
}
