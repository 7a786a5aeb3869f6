import Foundation
import Synchronization

/// A server on 127.0.0.1 that answers every connection with whatever bytes it is told to: one thread accepts, one a
/// connection answers.
final class TinyServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let log = Mutex<[String]>([])

    /// The other end of one connection.
    struct Peer {
        fileprivate let socket: Int32
        /// The request's head.
        let request: String

        /// False once the client is gone.
        @discardableResult
        func send(_ text: String) -> Bool {
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let sent = rest.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard sent > 0 else { return false }
                rest = rest.dropFirst(sent)
            }
            return true
        }

        /// Until the client is gone, 10 s at most.
        func waitForEnd() {
            var byte: UInt8 = 0
            while recv(socket, &byte, 1, 0) > 0 {}
        }
    }

    /// What each connection has asked for, so far.
    var requests: [String] { log.withLock { $0 } }

    /// - Parameter speaksFirst: answers before anything has been asked.
    init(speaksFirst: Bool = false, answer: @escaping @Sendable (Peer) -> Void) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(.EADDRNOTAVAIL) }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [weak self] in
            while true {
                let socket = accept(listener, nil, nil)
                guard socket >= 0 else {
                    // Closed here and not by `deinit`: the number could be another server's by the next `accept`.
                    close(listener)
                    return
                }
                _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
                Thread.detachNewThread { [weak self] in
                    var patience = timeval(tv_sec: 10, tv_usec: 0)
                    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
                    let request = speaksFirst ? "" : Self.readHead(socket)
                    self?.log.withLock { $0.append(request) }
                    answer(Peer(socket: socket, request: request))
                    shutdown(socket, Int32(SHUT_WR))
                    close(socket)
                }
            }
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Answers always the same.
    convenience init(_ answer: String) throws { try self.init { $0.send(answer) } }

    func url(_ path: String = "/photos.zip", host: String = "127.0.0.1") -> String { "http://\(host):\(port)\(path)" }

    private static func readHead(_ socket: Int32) -> String {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual([13, 10, 13, 10]), recv(socket, &byte, 1, 0) == 1 { head.append(byte) }
        return String(decoding: head, as: UTF8.self)
    }
}
