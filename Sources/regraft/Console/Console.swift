import Domain
import Foundation
import Glibc

/// Results go to standard output; progress, warnings and errors to standard error, so that output can be piped.
enum Console {
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1

    static func say(_ line: String) {
        write(line + "\n", to: STDOUT_FILENO)
    }

    static func warn(_ line: String) {
        write(line + "\n", to: STDERR_FILENO)
    }

    /// Straight to the descriptor: nothing is lost in a buffer when the process is killed, and the two streams stay in
    /// order.
    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            if written <= 0 { return }  // nobody is reading any more
            bytes = bytes.dropFirst(written)
        }
    }

    /// A file name as it can be shown in one line.
    static func printable(_ name: String) -> String { name.printable }
}
