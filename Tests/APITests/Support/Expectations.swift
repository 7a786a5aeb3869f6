import TestSupport
import Testing

/// Expects an error as RFC 9457 describes it, of a stable type and with a text that holds these words.
/// - Parameter type: what follows the last colon of the problem's type; the status's own words where the type says no more
///   than the status does, which is then `about:blank` (RFC 9457, 4.2.1).
func expect(
    _ answer: Answer, _ status: Int, _ type: String, saying texts: String..., in what: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    func check(_ holds: Bool, _ why: String) {
        if !holds { Issue.record("\(what) \(why): \(answer.status) \(answer.text)", sourceLocation: sourceLocation) }
    }
    check(answer.status == status, "status is not \(status)")
    check(answer.fields["content-type"] == "application/problem+json", "is no problem+json (RFC 9457, 3)")
    check(answer.integer("status") == answer.status, "says another status (RFC 9457, 3.1.2)")
    let title = answer.string("title")
    let words = title.lowercased().replacing(" ", with: "-").replacing("'", with: "")
    let found = answer.string("type")
    check(
        found == "urn:regraft:problem:\(type)" || (found == "about:blank" && words == type), "type is not \(type)")
    check(!title.isEmpty, "has no title")
    check(!answer.string("request_id").isEmpty, "has no request_id")
    check(answer.string("detail").hasSuffix("."), "detail is no sentence")
    for text in texts where !text.isEmpty { check(answer.text.contains(text), "does not say '\(text)'") }
}
