/// What records one series, from any thread.
protocol Instrument: AnyObject, Sendable {
    /// Lines of its present state, each with its line feed.
    /// - Parameter labels: as they are written, without braces.
    func lines(_ name: String, _ labels: String) -> String
}
