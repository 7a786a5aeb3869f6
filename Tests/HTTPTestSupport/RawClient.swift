public import Foundation
import Glibc
public import HTTP

/// A client that sends just the bytes it is told to. Blocks threads of its own, and never the test's.
public final class RawClient: Sendable {
    private let descriptor: Int32

    public struct Failure: Error {
        public let what: String

        public init(what: String) { self.what = what }
    }

    public init(_ address: SocketAddress, receiveBuffer: Int32? = nil) throws {
        switch address {
        case .ip(let ip, let port):
            descriptor = socket(ip.isIPv4 ? AF_INET : AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
            if var size = receiveBuffer {
                setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
            }
            let status: Int32
            if ip.isIPv4 {
                var system = sockaddr_in()
                system.sin_family = sa_family_t(AF_INET)
                system.sin_port = port.bigEndian
                withUnsafeMutableBytes(of: &system.sin_addr) { $0.copyBytes(from: ip.bytes) }
                status = Self.connect(descriptor, system)
            } else {
                var system = sockaddr_in6()
                system.sin6_family = sa_family_t(AF_INET6)
                system.sin6_port = port.bigEndian
                withUnsafeMutableBytes(of: &system.sin6_addr) { $0.copyBytes(from: ip.bytes) }
                status = Self.connect(descriptor, system)
            }
            guard status == 0 else { throw Failure(what: "connect: \(String(cString: strerror(errno)))") }
        case .unix(let path):
            descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var system = sockaddr_un()
            system.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &system.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
            guard Self.connect(descriptor, system) == 0 else { throw Failure(what: "connect to \(path)") }
        }
    }

    deinit { close(descriptor) }

    private static func connect<Address>(_ descriptor: Int32, _ address: Address) -> Int32 {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    private func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            // Not on a queue: Dispatch has 255 threads for those, and while so many clients wait, all at once, for their
            // servers, these would not get one.
            Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
        }
    }

    /// Sends as much as the other end takes.
    public func send(_ bytes: [UInt8]) async throws {
        try await run { self.sendNow(bytes) }
    }

    /// The same, on the caller's thread.
    public func sendNow(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    public func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// What comes until the other end closes, or `marker` has come.
    /// - Parameter patience: after which time of silence the test has failed.
    public func receive(until marker: String? = nil, patience: TimeInterval = 60) async throws -> String {
        String(decoding: try await receiveBytes(until: marker, patience: patience), as: UTF8.self)
    }

    public func receiveBytes(until marker: String? = nil, patience: TimeInterval = 60) async throws -> [UInt8] {
        try await run { [descriptor] in
            var received: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 65_536)
            while true {
                if let marker, received.firstRange(of: Array(marker.utf8)) != nil { break }
                var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard Glibc.poll(&poll, 1, Int32(patience * 1000)) > 0 else {
                    throw Failure(what: "nothing came; before that: \(String(decoding: received, as: UTF8.self))")
                }
                let count = recv(descriptor, &piece, piece.count, 0)
                if count <= 0 { break }
                received += piece[..<count]
            }
            return received
        }
    }

    /// Whether what comes ends in a reset, and not in an end of the other side.
    public func endsInReset() async throws -> Bool {
        try await run { [descriptor] in
            var piece = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = recv(descriptor, &piece, piece.count, 0)
                if count <= 0 { return count < 0 && errno == ECONNRESET }
            }
        }
    }

    /// So many bytes, or what comes until the end.
    public func receive(count: Int) async throws -> Int {
        try await run { [descriptor] in
            var (received, piece) = (0, [UInt8](repeating: 0, count: 65_536))
            while received < count {
                let got = recv(descriptor, &piece, piece.count, 0)
                if got <= 0 { break }
                received += got
            }
            return received
        }
    }

    /// Whether the other end has closed, or closes within the time.
    public func isClosed(within patience: TimeInterval = 60) async throws -> Bool {
        try await run { [descriptor] in
            let end = Date.now + patience
            var piece = [UInt8](repeating: 0, count: 65_536)
            while Date.now < end {
                var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                if Glibc.poll(&poll, 1, 50) > 0, recv(descriptor, &piece, piece.count, 0) <= 0 { return true }
            }
            return false
        }
    }

    /// Says that nothing more will be sent.
    public func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Breaks the connection off with a reset.
    public func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        // The number stays taken, by something harmless, until this is let go of.
        dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), descriptor)
    }
}
