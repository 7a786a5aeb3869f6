import Glibc

/// Where a server listens, or who has connected to it.
public enum SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// Port 0 lets the system choose.
    case ip(IPAddress, port: UInt16)
    /// A file system path of at most 107 bytes. A client's is mostly empty.
    case unix(path: String)

    /// Nil where `host` is no address; names are not looked up.
    public init?(host: String, port: UInt16) {
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        guard let address = IPAddress(bare == "localhost" ? "127.0.0.1" : bare) else { return nil }
        self = .ip(address, port: port)
    }

    public var ip: IPAddress? {
        if case .ip(let address, _) = self { return address }
        return nil
    }

    public var port: UInt16? {
        if case .ip(_, let port) = self { return port }
        return nil
    }

    /// `192.0.2.1:80`, `[2001:db8::1]:80` or `unix:/run/server.sock`.
    public var description: String {
        switch self {
        case .ip(let address, let port): address.isIPv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    var family: Int32 {
        switch self {
        case .ip(let address, _): address.isIPv4 ? AF_INET : AF_INET6
        case .unix: AF_UNIX
        }
    }

    /// Calls `body` with the address as the system takes it.
    func withSystemAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Result) throws -> Result {
        var storage = sockaddr_storage()
        let length = try withUnsafeMutableBytes(of: &storage) { try write(into: $0) }
        return try withUnsafePointer(to: &storage) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { try body($0, socklen_t(length)) }
        }
    }

    private func write(into storage: UnsafeMutableRawBufferPointer) throws -> Int {
        func store(_ value: some Any) -> Int {
            withUnsafeBytes(of: value) { storage.copyMemory(from: $0) }
            return MemoryLayout.size(ofValue: value)
        }
        switch self {
        case .ip(let address, let port) where address.isIPv4:
            var system = sockaddr_in()
            system.sin_family = sa_family_t(AF_INET)
            system.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &system.sin_addr) { $0.copyBytes(from: address.bytes) }
            return store(system)
        case .ip(let address, let port):
            var system = sockaddr_in6()
            system.sin6_family = sa_family_t(AF_INET6)
            system.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &system.sin6_addr) { $0.copyBytes(from: address.bytes) }
            return store(system)
        case .unix(let path):
            var system = sockaddr_un()
            system.sun_family = sa_family_t(AF_UNIX)
            let capacity = MemoryLayout.size(ofValue: system.sun_path) - 1
            guard !path.isEmpty, path.utf8.count <= capacity, !path.utf8.contains(0) else {
                throw SocketError("\(path) cannot be the path of a socket: it must have 1 to \(capacity) bytes")
            }
            withUnsafeMutableBytes(of: &system.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
            return store(system)
        }
    }

    /// From what `accept` or `getsockname` has filled in.
    init(_ storage: sockaddr_storage) {
        self = withUnsafeBytes(of: storage) { bytes in
            switch Int32(storage.ss_family) {
            case AF_INET:
                let system = bytes.loadUnaligned(as: sockaddr_in.self)
                return .ip(
                    IPAddress(bytes: withUnsafeBytes(of: system.sin_addr) { Array($0) }),
                    port: UInt16(bigEndian: system.sin_port))
            case AF_INET6:
                let system = bytes.loadUnaligned(as: sockaddr_in6.self)
                return .ip(
                    IPAddress(bytes: withUnsafeBytes(of: system.sin6_addr) { Array($0) }),
                    port: UInt16(bigEndian: system.sin6_port))
            default:
                let path = bytes.dropFirst(MemoryLayout<sa_family_t>.size).prefix { $0 != 0 }
                return .unix(path: String(decoding: path, as: UTF8.self))
            }
        }
    }
}

/// A system call that failed while a server was set up. `description` says which, and why.
public struct SocketError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }

    /// With the sentence for `errno`.
    static func last(_ what: String) -> SocketError { SocketError("\(what): \(String(cString: strerror(errno)))") }
}
