import Glibc

/// The C locale, for one thread and one call.
///
/// libarchive converts names to the locale's character set. To UTF-8 it also composes them (NFC), and so changes names
/// made on a Mac; to the C locale's ASCII it fails and then, in tar, leaves the bytes as they are, which is what
/// Regraft wants. So what the process has set must not matter.
enum CLocale {
    private nonisolated(unsafe) static let locale: locale_t? = newlocale(LC_CTYPE_MASK, "C", nil)

    static func run<Result>(_ body: () -> Result) -> Result {
        let before = uselocale(locale)
        defer { _ = uselocale(before) }
        return body()
    }
}
