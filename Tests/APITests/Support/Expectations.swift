import TestSupport
import Testing

/// Expects an error as RFC 9457 describes it, of a stable type and with a text that holds these words.
/// - Parameter type: what follows the last colon of the problem's type.
func expect(
    _ answer: Answer, _ status: Int, _ type: String, saying words: String..., in what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    func check(_ holds: Bool, _ why: String) {
        if !holds { Issue.record("\(what) \(why): \(answer.status) \(answer.text)", sourceLocation: sourceLocation) }
    }
    check(answer.status == status, "status is not \(status)")
    check(answer.fields["content-type"] == "application/problem+json", "is no problem+json (RFC 9457, 3)")
    check(answer.integer("status") == answer.status, "says another status (RFC 9457, 3.1.2)")
    check(answer.string("type").hasSuffix(":problem:\(type)"), "type is not \(type)")
    check(answer.string("type").hasPrefix("urn:"), "type is no URI (RFC 9457, 3.1.1)")
    check(!answer.string("title").isEmpty, "has no title")
    check(!answer.string("request_id").isEmpty, "has no request_id")
    check(answer.string("detail").hasSuffix("."), "detail is no sentence")
    for word in words where !word.isEmpty { check(answer.text.contains(word), "does not say '\(word)'") }
}
