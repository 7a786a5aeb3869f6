import CCurl

extension Transfer {
    /// What libcurl ended with, for a person.
    func explain(_ code: CURLcode, deadline: ContinuousClock.Instant) -> any Error {
        if let kind = response.refusedKind, !response.hasOpenedSocket {
            return FetchError(
                .addressRefused,
                "\(host) leads to \(kind), which imports may not reach. Use a public server, or have the address allowed "
                    + "by the setting import.allowed_addresses.")
        }
        let reason = String(cString: curl_easy_strerror(code))
        switch code {
        case CURLE_OPERATION_TIMEDOUT: return timeout(deadline: deadline)
        case CURLE_FILESIZE_EXCEEDED: return tooLarge()
        case CURLE_COULDNT_RESOLVE_HOST:
            return FetchError(.connectionFailed, "No address is known for \(host). Check its spelling.")
        case CURLE_COULDNT_CONNECT:
            return FetchError(.connectionFailed, "\(host) accepts no connection. Check host and port, or try later.")
        case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING:
            guard response.hasBegun else {
                return FetchError(.connectionFailed, "\(host) ended the connection without an answer. Try again.")
            }
            return FetchError(
                .incomplete, "\(host) ended the connection after \(response.received) bytes, too early. Try again.")
        case CURLE_SSL_CACERT_BADFILE:
            return FetchError(
                .tlsFailed, "The file of certificate authorities cannot be read. Let the administrator check it.")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            return FetchError(
                .tlsFailed,
                "\(host) has no secure connection that can be verified (\(reason)). Import from another server.")
        default:
            return FetchError(
                .connectionFailed, "\(host) gave no usable answer (\(reason)). Check the URL.")
        }
    }

    func badStatus(_ status: Int) -> FetchError {
        let isGone = [404, 410].contains(status)
        let message =
            isGone
            ? "\(host) has nothing at this URL (status \(status)). Check it."
            : "\(host) answered with status \(status) and not with the file. Check the URL, or try later."
        return FetchError(isGone ? .notFound : .badStatus, message, status: status)
    }

    func tooLarge() -> FetchError {
        FetchError(
            .tooLarge, "The file is larger than the limit of \(settings.maximumBytes) bytes. Import it in parts.")
    }

    /// libcurl has one code for three limits.
    private func timeout(deadline: ContinuousClock.Instant) -> FetchError {
        // Its clock may be a little ahead.
        if deadline - .now < .milliseconds(20) {
            return FetchError(
                .timedOut,
                "\(host) has not sent the file within \(settings.totalTimeout.forPeople). Try a faster server.")
        }
        // The time at which the request could be sent.
        if handle.get(large: CURLINFO_PRETRANSFER_TIME_T) == 0 {
            return FetchError(
                .timedOut, "\(host) did not answer within \(settings.connectTimeout.forPeople). Check host and port.")
        }
        return FetchError(
            .tooSlow,
            "\(host) sent less than \(settings.lowSpeedLimit) bytes a second for \(settings.lowSpeedPeriod.forPeople). "
                + "Try again, or a faster server.")
    }
}

extension Duration {
    /// `30 seconds`, `0.5 seconds`.
    fileprivate var forPeople: String { "\(self)".replacing(".0 seconds", with: " seconds") }
}
