import Foundation
import Glibc

/// A file that a person has named, read whole.
enum InputFile {
    struct Problem: Error {
        /// What follows "it": "does not exist".
        let reason: String
        var isTooLarge = false
    }

    /// Never waits, since a pipe or a device is refused and not opened, and never reads more than `limit` bytes.
    static func read(_ url: URL, limit: Int) throws(Problem) -> Data {
        try check(url, limit: limit)
        do { return try Data(contentsOf: url) } catch {
            throw Problem(reason: "cannot be read: \(error.localizedDescription)")
        }
    }

    /// Whether it can be read, without reading it.
    static func check(_ url: URL, limit: Int) throws(Problem) {
        var information = stat()
        guard stat(url.path, &information) == 0 else { throw Problem(reason: notFound(url, errno)) }
        let kind = information.st_mode & S_IFMT
        guard kind == S_IFREG else {
            throw Problem(reason: kind == S_IFDIR ? "is a folder" : "is not a regular file")
        }
        guard information.st_size <= limit else {
            throw Problem(reason: "has \(information.st_size) bytes; at most \(limit) are read", isTooLarge: true)
        }
        guard access(url.path, R_OK) == 0 else {
            throw Problem(reason: "cannot be read: \(String(cString: strerror(errno)))")
        }
    }

    /// Its first bytes; none where it cannot be read.
    static func head(of url: URL, count: Int) -> Data {
        guard let file = try? FileHandle(forReadingFrom: url) else { return Data() }
        return (try? file.read(upToCount: count)) ?? Data()
    }

    /// Why there is no such file, even if its name has just been listed.
    private static func notFound(_ url: URL, _ error: Int32) -> String {
        // Bytes that are no UTF-8 have become replacement characters, and there is no file of that name.
        if url.lastPathComponent.contains("\u{FFFD}") { return "has a name that is not valid UTF-8; rename it" }
        var information = stat()
        if lstat(url.path, &information) == 0, information.st_mode & S_IFMT == S_IFLNK {
            return "is a link to something that cannot be read: \(String(cString: strerror(error)))"
        }
        return error == ENOENT ? "does not exist" : "cannot be read: \(String(cString: strerror(error)))"
    }
}
