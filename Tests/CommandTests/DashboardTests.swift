import Foundation
import TestSupport
import Testing

/// The dashboard's files as browsers are given them. What they do in one is for `scripts/dashboard_check.py`.
struct DashboardTests {
    private let server: ServeProcess
    private let workshop: Workshop

    init() throws {
        workshop = try Workshop()
        // printf %s secret | sha256sum
        let hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
        server = try ServeProcess(in: workshop.url, ["--set", "api_keys=me:\(hash):admin"])
    }

    /// Header fields in lower case, and the status.
    private func head(_ path: String, _ arguments: String...) throws -> (status: Int, fields: [String: String]) {
        let answer = try server.curlAll(path, ["-o", "/dev/null", "-D", "-"] + arguments)
        var fields: [String: String] = [:]
        for line in answer.text.components(separatedBy: "\r\n") {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 2 { fields[parts[0].lowercased()] = parts[1] }
        }
        return (answer.status, fields)
    }

    /// What the page names, and what its modules import, from one to the next.
    private func everyFile() throws -> [String: String] {
        var (files, waiting): ([String: String], [String]) = ([:], ["/"])
        while let path = waiting.popLast() {
            guard files[path] == nil else { continue }
            let answer = try server.curl(path)
            #expect(answer.status == 200, "\(path): \(answer.text)")
            files[path] = answer.text
            if path == "/" {
                waiting += answer.text.matches(of: /(?:src|href)="(\/[^"]+)"/).map { String($0.1) }
            } else if path.hasSuffix(".js") {
                waiting += answer.text.matches(of: /from "\.\/([a-z]+\.js)"/).map { "/dashboard/\($0.1)" }
            }
        }
        return files
    }

    @Test func isWholeAndNeedsNoKey() throws {
        let files = try everyFile()
        #expect(files.count >= 16 && files.keys.contains("/dashboard/upload.js"), "\(files.keys.sorted())")
        // What it shows does.
        #expect(try server.curl("/v1/datasets").status == 401)
        #expect(try server.curl("/dashboard/none.js").status == 401)
        #expect(try server.curl("/dashboard/none.js", "-H", "Authorization: Bearer secret").status == 404)
        // As links from elsewhere may have it.
        #expect(try server.curl("/?from=mail").status == 200)
    }

    @Test(arguments: [
        ("/", "text/html; charset=utf-8"), ("/favicon.ico", "image/svg+xml"),
        ("/dashboard/dashboard.css", "text/css; charset=utf-8"),
        ("/dashboard/main.js", "text/javascript; charset=utf-8"),
    ])
    func headers(path: String, type: String) throws {
        let (status, fields) = try head(path)
        #expect(status == 200 && fields["content-type"] == type && fields["cache-control"] == "no-cache")
        #expect(fields["x-content-type-options"] == "nosniff" && fields["referrer-policy"] == "no-referrer")
        let policy = try #require(fields["content-security-policy"])
        #expect(policy.hasPrefix("default-src 'none'; ") && policy.contains("script-src 'self';"))
        #expect(!policy.contains("unsafe") && !policy.contains("*") && policy.contains("frame-ancestors 'none'"))
        #expect(try head(path, "-I").fields["content-length"] == fields["content-length"])
    }

    // RFC 9110, 13.1.2: a browser that has the file is told so, and only then.
    @Test func isNotSentTwice() throws {
        let path = "/dashboard/main.js"
        let plain = try #require(try head(path).fields["etag"])
        let compressed = try head(path, "-H", "Accept-Encoding: gzip").fields
        #expect(compressed["content-encoding"] == "gzip" && compressed["vary"] == "Accept-Encoding")
        let tag = try #require(compressed["etag"])
        #expect(tag != plain)
        #expect(try head(path, "-H", "If-None-Match: \(plain)").status == 304)
        let unchanged = try head(path, "-H", "If-None-Match: \(tag)", "-H", "Accept-Encoding: gzip")
        #expect(unchanged.status == 304 && unchanged.fields["cache-control"] == "no-cache")
        #expect(try head(path, "-H", "If-None-Match: \"other\"").status == 200)
        #expect(try head("/dashboard/api.js", "-H", "If-None-Match: \(plain)").status == 200)
    }

    // Labels and names come from users. The policy would refuse what is inline, and these are the ways from text to markup.
    @Test(arguments: [
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc",
        "DOMParser", "javascript:", "<script>", " style=\"", " onclick=\"", "http://", "https://",
    ])
    func makesNoMarkupOfText(way: String) throws {
        for (path, text) in try everyFile() {
            let code = text.replacing("http://www.w3.org/2000/svg", with: "").replacing("from https and", with: "")
            #expect(!code.contains(way), "\(path)")
        }
    }
}
