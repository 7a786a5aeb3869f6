import CCurl

extension Transfer {
    /// Everything but the URL and the time left.
    func configure() throws {
        try EasyHandle.check(regraft_curl_allow_http_only(handle.pointer))
        // An empty name keeps it from looking for one in the environment.
        try handle.set(CURLOPT_PROXY, "")
        try handle.set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        // Redirects are judged here, URL and all.
        try handle.set(CURLOPT_FOLLOWLOCATION, 0)
        // One file a connection has nothing to gain from a second version of HTTP.
        try handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try handle.set(CURLOPT_HTTP09_ALLOWED, 0)
        // Not CURLOPT_ACCEPT_ENCODING, which would undo the codings of a server that was not asked for them.
        try handle.add(field: "Accept-Encoding: identity")
        try handle.set(CURLOPT_HTTP_CONTENT_DECODING, 0)
        try handle.set(CURLOPT_USERAGENT, settings.userAgent)

        try handle.set(CURLOPT_SSL_VERIFYPEER, 1)
        try handle.set(CURLOPT_SSL_VERIFYHOST, 2)
        try handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let authorities = settings.certificateAuthorities { try handle.set(CURLOPT_CAINFO, authorities) }

        try handle.set(CURLOPT_MAXFILESIZE_LARGE, large: settings.maximumBytes)
        try handle.set(CURLOPT_CONNECTTIMEOUT_MS, max(1, settings.connectTimeout.milliseconds))
        try handle.set(CURLOPT_LOW_SPEED_LIMIT, settings.lowSpeedLimit)
        try handle.set(CURLOPT_LOW_SPEED_TIME, max(1, (settings.lowSpeedPeriod.milliseconds + 999) / 1000))
        // Signals are the process's, and it has other threads.
        try handle.set(CURLOPT_NOSIGNAL, 1)
        try EasyHandle.check(regraft_curl_leave_resolver_behind(handle.pointer))
        try setCallbacks()
    }

    /// They hold no reference to the transfer: it owns the handle, which calls them only while it runs.
    private func setCallbacks() throws {
        let context = Unmanaged.passUnretained(self).toOpaque()
        try EasyHandle.check(
            regraft_curl_set_callbacks(
                handle.pointer, context,
                { bytes, size, count, context in
                    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                    return Transfer.from(context).receive(headerLine: line) ? size * count : 0
                },
                { bytes, size, count, context in
                    let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
                    // Of an empty file, a piece without bytes.
                    if piece.isEmpty { return 0 }
                    return Transfer.from(context).receive(body: piece) ? piece.count : 0
                },
                { context, _, _, _, _ in Transfer.from(context).isToGoOn() ? 0 : 1 },
                { context, _, socket in
                    guard let socket, let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return -1 }
                    // Longer than its type, which ends in a `sockaddr`.
                    let address = UnsafeRawBufferPointer(
                        start: UnsafeRawPointer(socket) + offset, count: Int(socket.pointee.addrlen))
                    return Transfer.from(context).openSocket(socket.pointee, at: address)
                }))
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Transfer {
        guard let context else { preconditionFailure("libcurl has lost the context") }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }
}
