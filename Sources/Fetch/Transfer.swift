import CCurl
import Glibc
import Workers

/// One request and its response after another, on one handle: sets libcurl up, and judges addresses, header and body as
/// they come. Not Sendable: used on one thread, for one file.
final class Transfer {
    enum End {
        case file(FetchedFile)
        case redirect(status: Int, location: String)
    }

    let settings: FetchSettings
    let handle: EasyHandle
    private let rules: AddressRules
    private let cancellation: CancellationFlag
    private let progress: (Int, Int?) -> Void
    private let sink: (UnsafeRawBufferPointer) throws -> Void

    /// What is known of the current response.
    struct Response {
        var headerBytes = 0
        var location: String?
        var hasBegun = false
        var received = 0
        /// What a callback has ended it with; libcurl knows only that it did.
        var redirect: End?
        var failure: (any Error)?
        /// Of an address that was refused.
        var refusedKind: String?
        var hasOpenedSocket = false
    }
    private(set) var response = Response()
    /// Kept: the handle has a pointer to its parts.
    private var url: FetchURL?
    var host: String { url?.host ?? "" }

    init(
        settings: FetchSettings, cancellation: CancellationFlag, progress: @escaping (Int, Int?) -> Void,
        sink: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        self.settings = settings
        self.cancellation = cancellation
        self.progress = progress
        self.sink = sink
        rules = AddressRules(allowing: settings.allowedAddresses)
        handle = try EasyHandle()
        try configure()
    }

    /// Asks for `url` and waits for the end of the answer.
    func run(_ url: FetchURL, until deadline: ContinuousClock.Instant) throws -> End {
        response = Response()
        self.url = url
        try cancellation.check()
        try handle.set(url.parts)
        // 0 would mean without a limit.
        try handle.set(CURLOPT_TIMEOUT_MS, max(1, (deadline - .now).milliseconds))
        let code = curl_easy_perform(handle.pointer)
        if let redirect = response.redirect { return redirect }
        if let failure = response.failure { throw failure }
        guard code == CURLE_OK else { throw explain(code, deadline: deadline) }
        // To libcurl a header that breaks off is an empty file.
        guard response.hasBegun else { throw explain(CURLE_GOT_NOTHING, deadline: deadline) }
        let contentType: String? = handle.get(CURLINFO_CONTENT_TYPE)
        return .file(FetchedFile(url: url.text, contentType: contentType, length: response.received))
    }

    // MARK: What libcurl's callbacks do; false ends the transfer.

    func isToGoOn() -> Bool {
        guard cancellation.isCancelled else { return true }
        return fail(CancellationError())
    }

    /// - Returns: a descriptor, or -1 where the address is refused; libcurl then tries the host's next one.
    func openSocket(_ socket: curl_sockaddr, at address: UnsafeRawBufferPointer) -> Int32 {
        guard let peer = PeerAddress(system: address) else {
            response.refusedKind = "something other than an IP address"
            return -1
        }
        if let kind = rules.refusal(of: peer) {
            response.refusedKind = kind
            return -1
        }
        response.hasOpenedSocket = true
        return Glibc.socket(socket.family, socket.socktype | Int32(SOCK_CLOEXEC.rawValue), socket.protocol)
    }

    /// A line of the header, or of the trailers.
    func receive(headerLine line: UnsafeRawBufferPointer) -> Bool {
        response.headerBytes += line.count
        guard response.headerBytes <= settings.maximumHeaderBytes else {
            return fail(
                FetchError(
                    .tooLarge,
                    "\(host) sends more than \(settings.maximumHeaderBytes) bytes of header. Try another server."))
        }
        // The line that ends it; one with spaces would continue the field before.
        if line.elementsEqual([0x0D, 0x0A]) || line.elementsEqual([0x0A]) { return judgeHeader() }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") { response.location = nil }
        if text.lowercased().hasPrefix("location:"), response.location == nil {
            response.location = text.dropFirst("location:".count).trimmingSpaces()
        }
        return true
    }

    func receive(body piece: UnsafeRawBufferPointer) -> Bool {
        guard piece.count <= settings.maximumBytes - response.received else { return fail(tooLarge()) }
        do { try sink(piece) } catch { return fail(error) }
        response.received += piece.count
        let total = handle.get(large: CURLINFO_CONTENT_LENGTH_DOWNLOAD_T)
        progress(response.received, total < 0 ? nil : total)
        return isToGoOn()
    }

    /// Ends the transfer at the header of what is not the file: the rest of an error is of no use.
    private func judgeHeader() -> Bool {
        let status: Int = handle.get(CURLINFO_RESPONSE_CODE)
        switch status {
        case 200:
            response.hasBegun = true
            return true
        // Interim responses; 101 is the last of its connection's.
        case 100, 102..<200: return true
        case 300..<400:
            guard let location = response.location else { return fail(badStatus(status)) }
            response.redirect = .redirect(status: status, location: location)
            return false
        default: return fail(badStatus(status))
        }
    }

    private func fail(_ error: any Error) -> Bool {
        if response.failure == nil { response.failure = error }
        return false
    }
}

extension StringProtocol {
    fileprivate func trimmingSpaces() -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
        let start = drop(while: isSpace)
        return String(start[..<(start.lastIndex { !isSpace($0) }.map(start.index(after:)) ?? start.startIndex)])
    }
}

extension Duration {
    /// Rounded up.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        // A century, which still fits libcurl's own arithmetic.
        guard seconds < 3_000_000_000 else { return 3_000_000_000_000 }
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
