public import Domain
public import Foundation
import Glibc
import Synchronization

/// A file that TensorBoard reads, also while it is being written: `events.out.tfevents.<seconds>.<host>[.<suffix>]`. What
/// was written is with the system when a call returns, though not on the disk: a training can be done again.
public final class EventFile: Sendable {
    public let url: URL
    private let descriptor: Int32
    private let state = Mutex(State())
    private let clock: @Sendable () -> Date

    private struct State {
        /// Of what was written whole.
        var size: off_t = 0
        var lastTime = 0.0
    }

    /// Makes the folder, where it is missing, and a new file in it.
    /// - Parameters:
    ///   - suffix: tells files of one second apart.
    ///   - clock: gives the events their times; one that goes back is not followed.
    /// - Throws: `RegraftError` (`log_unwritable`).
    public init(
        in folder: URL, suffix: String = "", host: String = EventFile.hostName,
        clock: @escaping @Sendable () -> Date = { .now }
    ) throws(RegraftError) {
        self.clock = clock
        let seconds = Int(clock().timeIntervalSince1970)
        let name = "events.out.tfevents.\(seconds).\(host)" + (suffix.isEmpty ? "" : ".\(suffix)")
        url = folder.appendingPathComponent(name)
        do { try Self.make(folder) } catch { throw Self.failure(url, cause: error) }
        // Never what somebody else has put there, a link least of all.
        descriptor = open(url.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(url, cause: Self.lastError) }
        try write { $0.fileVersion = "brain.Event:2" }
    }

    deinit { close(descriptor) }

    /// - Throws: `RegraftError` (`log_unwritable`); what was written before can be read still.
    public func write(_ summary: EventSummary, step: Int) throws(RegraftError) {
        guard !summary.isEmpty else { return }
        try write(step: step) { $0.summary = summary.summary }
    }

    /// - Parameter graph: a serialized GraphDef.
    public func write(graph: Data) throws(RegraftError) {
        try write { $0.graphDef = graph }
    }

    /// Takes back all that was said of the run before, in files that whoever watches it has read.
    public func writeStart() throws(RegraftError) {
        try write { $0.sessionLog.status = .start }
    }

    private func write(step: Int = 0, _ set: (inout TensorBoardEvent) -> Void) throws(RegraftError) {
        var event = TensorBoardEvent()
        event.step = Int64(step)
        set(&event)
        do {
            try state.withLock { state in
                state.lastTime = max(state.lastTime, clock().timeIntervalSince1970)
                event.wallTime = state.lastTime
                try append(TFRecord.framed(try event.serializedData()), at: &state.size)
            }
        } catch { throw Self.failure(url, cause: error) }
    }

    /// All of it or, where that is possible, none of it.
    private func append(_ bytes: Data, at size: inout off_t) throws {
        do {
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw Self.lastError }
                rest = rest.dropFirst(count)
            }
            size += off_t(bytes.count)
        } catch {
            // A record that is cut off would end the file for readers, whatever came after it.
            ftruncate(descriptor, size)
            lseek(descriptor, size, SEEK_SET)
            throw error
        }
    }

    private static var lastError: POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }

    /// Also those that it is in.
    private static func make(_ folder: URL) throws {
        if mkdir(folder.path, 0o777) == 0 || errno == EEXIST { return }
        guard errno == ENOENT else { throw lastError }
        try make(folder.deletingLastPathComponent())
        guard mkdir(folder.path, 0o777) == 0 || errno == EEXIST else { throw lastError }
    }

    /// Names the run and the file in it: where logs are is not for everybody who is told.
    private static func failure(_ url: URL, cause: any Error) -> RegraftError {
        let name = "\(url.deletingLastPathComponent().lastPathComponent)/\(url.lastPathComponent)"
        return RegraftError("log_unwritable", "\(name) cannot be written.", cause: cause)
    }

    /// This machine's name, without what does not belong in a file's.
    public static let hostName: String = {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        let name = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let kept = name.filter { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == 0x2D || byte == 0x2E
        }
        return kept.isEmpty ? "localhost" : String(decoding: kept, as: UTF8.self)
    }()
}
