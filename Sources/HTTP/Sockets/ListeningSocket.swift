import CLinux
import Glibc
import Synchronization

/// A socket that connections come from. Any thread may accept.
final class ListeningSocket: Sendable {
    let descriptor: Int32
    /// With the port that the system has chosen.
    let address: SocketAddress
    private let isClosed = Atomic(false)

    /// - Throws: `SocketError`, when the address is in use or may not be used.
    init(_ address: SocketAddress, backlog: Int32) throws {
        let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | Self.flags, 0)
        self.descriptor = descriptor
        guard descriptor >= 0 else { throw SocketError.last("No socket could be made for \(address)") }
        do {
            if case .unix(let path) = address { Self.removeStale(path, address) }
            var on: Int32 = 1
            if address.ip != nil {
                // A server that is started again finds its port in TIME_WAIT.
                setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
            }
            if address.family == AF_INET6 {
                // Else "::" would take the IPv4 port as well, on some machines and not on others.
                setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, socklen_t(MemoryLayout<Int32>.size))
            }
            try address.withSystemAddress { pointer, length in
                guard bind(descriptor, pointer, length) == 0 else {
                    throw SocketError.last("\(address) cannot be used")
                }
            }
            guard listen(descriptor, backlog) == 0 else { throw SocketError.last("\(address) cannot be listened on") }
            var (storage, length) = (sockaddr_storage(), socklen_t(MemoryLayout<sockaddr_storage>.size))
            let status = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
            }
            guard status == 0 else { throw SocketError.last("The address of \(address) is not known") }
            if case .unix = address { self.address = address } else { self.address = SocketAddress(storage) }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    deinit { close() }

    /// From now on nobody can connect.
    func close() {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        if case .unix(let path) = address { unlink(path) }
        Glibc.close(descriptor)
    }

    private static let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

    /// A server that was killed leaves its path behind; one that runs answers there.
    private static func removeStale(_ path: String, _ address: SocketAddress) {
        var information = stat()
        guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFSOCK else { return }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | flags, 0)
        guard probe >= 0 else { return }
        defer { Glibc.close(probe) }
        let status = try? address.withSystemAddress { connect(probe, $0, $1) }
        if status == -1, errno == ECONNREFUSED { unlink(path) }
    }

    enum Outcome {
        case connection(Int32, SocketAddress)
        /// Nobody is waiting.
        case none
        /// This one failed; the next may not.
        case again
        /// No descriptor or memory is free (EMFILE, ENFILE, ENOBUFS, ENOMEM), or something unheard of: wait a little.
        case exhausted
    }

    /// Takes the next connection, if there is one. The new descriptor does not block and is closed on `exec`.
    func accept() -> Outcome {
        var (storage, length) = (sockaddr_storage(), socklen_t(MemoryLayout<sockaddr_storage>.size))
        let accepted = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                accept4(descriptor, $0, &length, Self.flags)
            }
        }
        if accepted >= 0 {
            var on: Int32 = 1
            if address.ip != nil {
                // An answer must not wait for the acknowledgement of the one before it (RFC 896): 40 ms.
                setsockopt(accepted, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
                // Else the system takes up to 4 MB for each client that reads slowly, and with a few hundred of these is
                // itself in the way of all others: 500 cost 1.5 GB of its memory, and 0.3 GB so, as fast as before.
                var unsent: Int32 = 256 << 10
                setsockopt(
                    accepted, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &unsent, socklen_t(MemoryLayout<Int32>.size))
            }
            return .connection(accepted, SocketAddress(storage))
        }
        switch errno {
        case EAGAIN, EWOULDBLOCK: return .none
        // accept(2): errors of the network that are pending on the new connection; and signals.
        case ECONNABORTED, EINTR, EPROTO, EPERM, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP,
            ENETUNREACH:
            return .again
        default: return .exhausted
        }
    }
}
