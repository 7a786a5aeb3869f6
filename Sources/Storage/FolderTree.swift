package import Foundation
import Glibc

/// A folder with all that is in it, looked through without ever following a link: what is beyond one is somebody else's.
///
/// Names are taken as the bytes that they are: of those that are no UTF-8, strings name nothing that is there.
package struct FolderTree {
    private let parent: URL
    private let name: String

    /// - Parameters:
    ///   - parent: may be a link itself: whoever has put the data elsewhere has meant to.
    ///   - name: without slashes.
    package init(_ name: String, in parent: URL) {
        precondition(!name.isEmpty && name != "." && name != ".." && !name.contains("/"))
        self.parent = parent
        self.name = name
    }

    /// Names of the folders in a folder, links to folders not among them, nor those whose name is no UTF-8; none where it is
    /// missing.
    /// - Throws: `POSIXError`.
    package static func names(in parent: URL) throws -> [String] {
        guard let descriptor = try Self.open(parent.path, under: AT_FDCWD, flags: 0) else { return [] }
        defer { close(descriptor) }
        return try entries(descriptor).filter { name in
            var information = stat()
            return fstatat(descriptor, name, &information, AT_SYMLINK_NOFOLLOW) == 0
                && information.st_mode & S_IFMT == S_IFDIR
        }
        .compactMap { name in
            String(validating: name.lazy.map(UInt8.init(bitPattern:)).prefix { $0 != 0 }, as: UTF8.self)
        }
        .sorted()
    }

    /// Bytes on the disk.
    /// - Throws: `POSIXError`.
    package func byteCount() throws -> Int {
        var sum = 0
        try walk { descriptor, name, isFolder in
            var information = stat()
            if fstatat(descriptor, name, &information, AT_SYMLINK_NOFOLLOW) == 0 {
                sum += Int(information.st_blocks) * 512
            }
        }
        return sum
    }

    /// Removes it; one that is missing, or is a link, is left as it is.
    /// - Throws: `POSIXError`; what was removed is gone.
    package func remove() throws {
        try walk { descriptor, name, isFolder in
            guard unlinkat(descriptor, name, isFolder ? AT_REMOVEDIR : 0) == 0 || errno == ENOENT else {
                throw POSIXError.last
            }
        }
    }

    /// Calls `visit` with everything, a folder after what is in it, and itself last.
    private func walk(_ visit: (_ descriptor: Int32, _ name: [CChar], _ isFolder: Bool) throws -> Void) throws {
        guard let descriptor = try Self.open(parent.path, under: AT_FDCWD, flags: 0) else { return }
        defer { close(descriptor) }
        guard let folder = try Self.open(name, under: descriptor, flags: O_NOFOLLOW) else { return }
        do {
            defer { close(folder) }
            try Self.walk(folder, depth: 1, visit)
        }
        try visit(descriptor, Array(name.utf8CString), true)
    }

    /// A descriptor is open for each level, and nothing that is kept here has more than a few.
    private static let deepest = 64

    private static func walk(
        _ folder: Int32, depth: Int, _ visit: (_ descriptor: Int32, _ name: [CChar], _ isFolder: Bool) throws -> Void
    ) throws {
        guard depth <= deepest else { throw POSIXError(.ELOOP) }
        for name in try entries(folder) {
            if let inner = try open(name, under: folder, flags: O_NOFOLLOW) {
                defer { close(inner) }
                try walk(inner, depth: depth + 1, visit)
                try visit(folder, name, true)
            } else {
                try visit(folder, name, false)
            }
        }
    }

    /// Nil where there is no such folder.
    private static func open(_ path: UnsafePointer<CChar>, under folder: Int32, flags: Int32) throws -> Int32? {
        let descriptor = openat(folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags)
        if descriptor >= 0 { return descriptor }
        guard errno == ENOENT || errno == ENOTDIR || errno == ELOOP else { throw POSIXError.last }
        return nil
    }

    /// Ended by a zero each, in no order.
    private static func entries(_ folder: Int32) throws -> [[CChar]] {
        // Reading goes on from where the descriptor is, and closing the stream closes it.
        let copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw POSIXError.last }
        guard let directory = fdopendir(copy) else {
            defer { close(copy) }
            throw POSIXError.last
        }
        defer { closedir(directory) }
        let (dot, dots) = (Array(".".utf8CString), Array("..".utf8CString))
        var names: [[CChar]] = []
        while true {
            errno = 0  // the only way to tell the end from a failure
            guard let entry = readdir(directory) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
                }
            }
            if name != dot, name != dots { names.append(name) }
        }
        guard errno == 0 else { throw POSIXError.last }
        return names
    }
}
