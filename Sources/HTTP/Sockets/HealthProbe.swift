import CLinux
import Foundation
import Glibc

/// Asks a server one question, without anything a client needs for others: for health checks.
public enum HealthProbe {
    /// Sends a GET request and reads what is answered. Blocks, at most about twice `timeout`.
    /// - Returns: the status, and the beginning of the body as text.
    /// - Throws: `SocketError`.
    public static func ask(
        _ address: SocketAddress, path: String, timeout: Duration
    ) throws -> (status: Int, text: String) {
        let socket = Glibc.socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw SocketError.last("no socket") }
        defer { close(socket) }
        // Connecting obeys the send timeout (socket(7)).
        var limit = timeval(
            tv_sec: Int(timeout.components.seconds), tv_usec: Int(timeout.components.attoseconds / 1_000_000_000_000))
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(socket, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        let isConnected = try address.withSystemAddress { connect(socket, $0, $1) }
        guard isConnected == 0 else { throw SocketError.last("cannot connect to \(address)") }

        let request = [
            "GET \(path) HTTP/1.1", "Host: localhost", "User-Agent: regraft-healthcheck", "Connection: close", "", "",
        ].joined(separator: "\r\n")
        guard send(socket, request, request.utf8.count, Int32(MSG_NOSIGNAL)) == request.utf8.count else {
            throw SocketError.last("cannot ask \(address)")
        }
        var answer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        let end = ContinuousClock.now + timeout
        while answer.count < 65_536, ContinuousClock.now < end {
            let count = recv(socket, &piece, piece.count, 0)
            if count < 0 { throw SocketError.last("\(address) does not answer") }
            if count == 0 { break }
            answer += piece[..<count]
        }
        return try parse(String(decoding: answer, as: UTF8.self), from: address)
    }

    private static func parse(_ answer: String, from address: SocketAddress) throws -> (status: Int, text: String) {
        let words = answer.prefix { $0 != "\r\n" }.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw SocketError("what listens on \(address) does not answer as an HTTP server")
        }
        let body = answer.firstRange(of: "\r\n\r\n").map { answer[$0.upperBound...] } ?? ""
        return (status, String(body.prefix(1000)).trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
