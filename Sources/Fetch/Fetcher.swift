public import Workers

/// Imports files by URL, and trusts neither the URL nor the server behind it.
///
/// - http and https to public addresses only (and to those in the settings): what is judged is the address that is about
///   to be connected to, so neither a name's answer, nor a spelling, nor a redirect leads elsewhere.
/// - No proxies, cookies, passwords or configuration files from this machine; certificates are always verified.
/// - A file arrives whole and as the server has it (a content coding is not undone), or there is an error.
public struct Fetcher: Sendable {
    private let settings: FetchSettings

    public init(settings: FetchSettings = FetchSettings()) { self.settings = settings }

    /// Gets a file and hands it over piece by piece.
    ///
    /// Blocks until all is there, up to the settings' `totalTimeout`: for a worker, never for a task's thread. May be
    /// called on several workers at once.
    ///
    /// - Parameters:
    ///   - cancellation: looked at with each piece, and about once a second while none comes.
    ///   - progress: called after each piece, of 16 KiB at most, with the bytes so far and, where the server has
    ///     announced it, their number in the end.
    ///   - sink: gets the pieces, in order, each valid for the call only. It has some of them when an error comes, and none
    ///     of an answer that is not the file. What it throws, `download` throws.
    /// - Throws: `FetchError`; `CancellationError` once the flag is set.
    public func download(
        _ url: String, cancellation: CancellationFlag, progress: (_ received: Int, _ total: Int?) -> Void,
        into sink: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> FetchedFile {
        try withoutActuallyEscaping(progress) { progress in
            try withoutActuallyEscaping(sink) { sink in
                let transfer = try Transfer(
                    settings: settings, cancellation: cancellation, progress: progress, sink: sink)
                return try follow(from: FetchURL(url), with: transfer)
            }
        }
    }

    private func follow(from start: FetchURL, with transfer: Transfer) throws -> FetchedFile {
        let deadline = ContinuousClock.now + settings.totalTimeout
        var url = start
        var redirects = 0
        while true {
            switch try transfer.run(url, until: deadline) {
            case .file(let file): return file
            case .redirect(let status, let location):
                url = try target(of: location, status: status, from: url, after: redirects)
                redirects += 1
            }
        }
    }

    private func target(of location: String, status: Int, from url: FetchURL, after count: Int) throws -> FetchURL {
        func refuse(_ why: String) -> FetchError { FetchError(.redirectRefused, "\(url.host) \(why)", status: status) }
        let target: FetchURL
        do { target = try url.resolving(location) } catch let error as FetchError {
            throw refuse("redirects to what cannot be imported (status \(status)): \(error.message)")
        }
        guard settings.maximumRedirects > 0 else {
            throw refuse(
                "redirects to \(target.textToShow) (status \(status)), which is not followed. Import that URL.")
        }
        guard count < settings.maximumRedirects else {
            throw refuse("redirects to \(target.textToShow) after \(count) redirects. Import the file's own URL.")
        }
        guard target.isSecure || !url.isSecure else {
            throw refuse("redirects from https to \(target.textToShow), which is not secure. Import that URL.")
        }
        return target
    }
}
