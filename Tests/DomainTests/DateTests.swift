import Domain
import Foundation
import Testing

struct DateTests {
    // Written, read and written again it is the same, whichever millisecond it is.
    @Test func comesBackToTheMillisecond() throws {
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for millisecond in 0..<1000 {
            let digits = "000\(millisecond)".suffix(3)
            let text = "2026-11-28T15:59:53.\(digits)Z"
            let date = try format.parse(text)
            #expect(date.rfc3339 == text)
            #expect(date.addingTimeInterval(0.0004).rfc3339 == text && date.addingTimeInterval(-0.0004).rfc3339 == text)
        }
        #expect(Date(timeIntervalSince1970: 0).rfc3339 == "1970-01-01T00:00:00.000Z")
        #expect(Date(timeIntervalSince1970: 59.9996).rfc3339 == "1970-01-01T00:01:00.000Z")
    }
}
