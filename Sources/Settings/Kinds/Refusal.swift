/// Why what was given cannot be a setting's value.
struct Refusal: Error, Sendable {
    struct Fault: Sendable {
        /// Where in the file, if not at the setting's name.
        let line: Int?
        /// To be read after the setting's name; without a full stop.
        let words: String
    }

    let faults: [Fault]

    init(_ faults: [Fault]) { self.faults = faults }

    /// - Parameters:
    ///   - allowed: completes "it must be …".
    ///   - hint: in brackets behind it.
    init(_ given: Given, allowed: String, hint: String? = nil) {
        let end = hint.map { " (\($0))" } ?? ""
        faults = [Fault(line: nil, words: "\(given.description); it must be \(allowed)\(end)")]
    }
}
