import ArgumentParser

extension ExitCode {
    /// The work is done, but some of what was given could not be used; the messages say what.
    static let incomplete = ExitCode(3)
    /// As shells count it: 130 after Ctrl-C (SIGINT), 143 after SIGTERM.
    init(interruptedBy signal: Int32) { self.init(128 + signal) }
}
