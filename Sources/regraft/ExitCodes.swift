import ArgumentParser

extension ExitCode {
    /// The work is done, but some of what was given could not be used; the messages say what.
    static let incomplete = ExitCode(3)
    /// Ctrl-C, as shells count it: 128 + SIGINT.
    static let interrupted = ExitCode(130)
}
