import CArchive
import Glibc

/// One entry as libarchive describes it, before anything of its content is read.
///
/// Good until the handle's next entry.
struct Entry {
    private let entry: OpaquePointer
    private let handle: ArchiveHandle

    init(_ entry: OpaquePointer, of handle: ArchiveHandle) {
        self.entry = entry
        self.handle = handle
    }

    /// In bytes, as stated; nil where the archive does not say.
    var size: Int? { archive_entry_size_is_set(entry) != 0 ? Int(archive_entry_size(entry)) : nil }

    /// What it is to whoever reads the archive.
    enum Verdict {
        case item(ArchiveItem)
        case folder
        /// A file that is not worth an item.
        case ignored
    }

    func judge(_ limits: ArchiveLimits) throws(ArchiveError) -> Verdict {
        if type == REGRAFT_ARCHIVE_FOLDER { return .folder }
        guard let name = try name() else {
            return .item(.refused(path: "?", reason: refusal(limits) ?? "its path cannot be read"))
        }
        switch EntryPath(name, maximumBytes: limits.maximumPathBytes) {
        case .folder: return .folder
        case .noise: return .ignored
        case .refused(let reason):
            let path = name.text ?? String(decoding: name.bytes, as: UTF8.self)
            return .item(.refused(path: PrintablePath.text(of: path), reason: reason))
        case .file(let path):
            guard let reason = refusal(limits) else { return .item(.file(path: path, size: size)) }
            return .item(.refused(path: PrintablePath.text(of: path), reason: reason))
        }
    }

    private var type: regraft_archive_type { regraft_archive_type(archive_entry_filetype(entry)) }

    private func name() throws(ArchiveError) -> EntryName? {
        if handle.container == .zip,
            let header = try ZipLocalHeader(endingAt: handle.positionInside, in: handle.file)
        {
            return header.name
        }
        guard let bytes = archive_entry_pathname(entry) else { return nil }
        let raw = UnsafeRawBufferPointer(start: bytes, count: strlen(bytes))
        return EntryName(bytes: Array(raw), isZip: handle.container == .zip)
    }

    /// Why it is not taken, whatever its path.
    private func refusal(_ limits: ArchiveLimits) -> String? {
        // A hard link has the type of what it leads to.
        if archive_entry_hardlink(entry) != nil { return "it is a hard link" }
        switch type {
        case REGRAFT_ARCHIVE_REGULAR: break
        case REGRAFT_ARCHIVE_SYMBOLIC_LINK: return "it is a symbolic link"
        case REGRAFT_ARCHIVE_CHARACTER_DEVICE, REGRAFT_ARCHIVE_BLOCK_DEVICE: return "it is a device"
        case REGRAFT_ARCHIVE_FIFO, REGRAFT_ARCHIVE_SOCKET: return "it is a pipe or a socket"
        default: return "it is not a file"
        }
        if archive_entry_is_encrypted(entry) != 0 { return "it is encrypted" }
        if handle.container == .zip, let reason = methodRefusal { return reason }
        guard size ?? 0 <= limits.maximumEntryBytes else { return Refusal.tooLarge(limits) }
        return nil
    }

    /// Other methods than zip's two usual ones may want gigabytes of memory for what their first bytes announce.
    private var methodRefusal: String? {
        let format = handle.formatName
        guard !format.hasSuffix("(uncompressed)"), !format.hasSuffix("(deflation)") else { return nil }
        let method = format.split(separator: "(").last.map { $0.dropLast() } ?? "unknown"
        return "it is compressed by a method (\(method)) other than Deflate"
    }
}

/// Reasons that more than one place gives.
enum Refusal {
    static func tooLarge(_ limits: ArchiveLimits) -> String {
        "it is larger than \(limits.maximumEntryBytes) bytes"
    }
}
