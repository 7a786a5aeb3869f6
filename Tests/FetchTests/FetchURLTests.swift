import Testing

import Fetch

struct FetchURLTests {
    @Test(arguments: [
        ("http://example.org", "example.org", "http://example.org/"),
        ("HTTPS://Example.ORG:8443/a b", nil, nil),
        ("https://example.org:8443/a%20b?c=d#e", "example.org", "https://example.org:8443/a%20b?c=d"),
        ("http://example.org/a/../../etc/passwd", "example.org", "http://example.org/etc/passwd"),
        ("http://[2001:db8::1]:80/", "[2001:db8::1]", "http://[2001:db8::1]:80/"),
        ("http://0x7f.1/", "127.0.0.1", "http://127.0.0.1/"), ("http://2130706433/", "127.0.0.1", "http://127.0.0.1/"),
        ("http://017700000001/", "127.0.0.1", "http://127.0.0.1/"),
    ])
    func reads(_ text: String, _ host: String?, _ url: String?) {
        let read = try? FetchURL(text)
        #expect(read?.host == host && read?.text == url)
    }

    @Test(arguments: [
        // Other schemes, and none.
        "file:///etc/passwd", "gopher://example.org/", "ftp://example.org/", "dict://example.org/",
        "smb://example.org/x",
        "data:text/plain,x", "javascript:1", "example.org/photos.zip", "/etc/passwd", "//example.org/",
        // Users and passwords.
        "http://user@example.org/", "http://user:secret@example.org/", "http://:secret@example.org/",
        "http://example.org@127.0.0.1/", "http://@example.org/",
        // No hosts, no ports.
        "", "http://", "http:///", "https://:80/", "http://example.org:99999/", "http://exa mple.org/", "http://[::1/",
        // What ends a line, a header or a string.
        "http://example.org/\r\nX: y", "http://example.org/\n", "http://example.org\0.evil.org/",
        "http://example.org/\u{7F}",
        "http://example.org/\(String(repeating: "x", count: 8192))",
    ])
    func refuses(_ text: String) {
        let error = #expect(throws: FetchError.self) { try FetchURL(text) }
        #expect(error?.code == .invalidURL)
        #expect(error?.message.contains("secret") == false)
    }

    @Test(arguments: [
        ("/b", "https://example.org/b"), ("b?c", "https://example.org/x/b?c"), ("?c=d", "https://example.org/x/y?c=d"),
        ("//other.org/b", "https://other.org/b"), ("http://other.org", "http://other.org/"),
        ("/a b/%20ä", "https://example.org/a%20b/%20%c3%a4"), ("../../../b", "https://example.org/b"),
        ("file:///etc/passwd", nil), ("//user@other.org/", nil), ("https://user:x@other.org/", nil),
        ("ftp://other.org/", nil),
        ("/a\0b", nil),
    ])
    func resolves(_ location: String, _ target: String?) throws {
        let url = try FetchURL("https://example.org/x/y?q#f")
        #expect((try? url.resolving(location))?.text == target)
    }

    @Test func showsNoQuery() throws {
        #expect(try FetchURL("https://example.org/a?token=secret#f").textToShow == "https://example.org/a")
        let long = try FetchURL("https://example.org/\(String(repeating: "x", count: 500))").textToShow
        #expect(long.count == 201 && long.hasSuffix("…"))
    }
}
