import HTTP
import Synchronization
import Testing

struct AccessLogTests {
    private static func exchange(_ status: Int, agent: String? = nil, failure: String? = nil) -> Exchange {
        Exchange(
            id: "r1", method: "GET", path: "/a b", route: "/{x}", status: status, bytesReceived: 1, bytesSent: 2,
            duration: .milliseconds(3), client: "::1", userAgent: agent, failure: failure)
    }

    // Words where the rest of the log is words; what could be taken for another field or line is quoted.
    @Test(arguments: [
        (
            exchange(200),
            " info request id=r1 client=::1 method=GET path=\"/a b\" route=/{x} status=200 received=1 sent=2 ms=3.0"
        ),
        (
            exchange(500, agent: "x\n1 error", failure: "\""),
            " warning request id=r1 client=::1 method=GET path=\"/a b\" route=/{x} status=500 received=1 sent=2 ms=3.0 "
                + #"agent="x\u000a1 error" error="\"""#
        ),
    ])
    func writesWords(_ exchange: Exchange, _ expected: String) {
        let lines = Mutex<[String]>([])
        AccessLog(isJSON: false) { line in lines.withLock { $0.append(line) } }.finished(exchange)
        let line = lines.withLock { $0 }.joined(separator: "\n")
        #expect(line.hasSuffix("Z" + expected), "\(line)")
    }
}
