import Domain

/// One page of a list: `limit` and `cursor` of the query.
struct Page {
    let limit: Int
    let cursor: String?

    static let defaultLimit = 100
    static let maximumLimit = 1000

    init(_ query: inout FieldReader) {
        limit = query.integer("limit", in: 1...Self.maximumLimit) ?? Self.defaultLimit
        cursor = query.string("cursor")
    }

    /// Reads one more than are shown, to know whether there is another page.
    var lookahead: Int { limit + 1 }

    /// - Returns: the page, and the cursor of the next one; nil at the end.
    func cut<Element>(_ found: [Element], cursor: (Element) -> String) -> (shown: [Element], next: String?) {
        guard found.count > limit else { return (found, nil) }
        let shown = Array(found.prefix(limit))
        return (shown, shown.last.map(cursor))
    }

    /// A cursor that is a number.
    func number<Number: FixedWidthInteger>(_ query: inout FieldReader, as: Number.Type = Number.self) -> Number? {
        decode(&query) { text in Number(text).flatMap { $0 < 0 ? nil : $0 } }
    }

    /// A cursor that is the name of a dataset or model.
    func name(_ query: inout FieldReader) -> ResourceName? {
        decode(&query) { try? ResourceName($0, kind: "cursor") }
    }

    /// A cursor that is a job.
    func job(_ query: inout FieldReader) -> JobID? {
        decode(&query) { $0.hasPrefix("job_") && $0.utf8.count == 30 ? JobID(text: $0) : nil }
    }

    private func decode<Value>(_ query: inout FieldReader, _ read: (String) -> Value?) -> Value? {
        guard let cursor else { return nil }
        if let value = read(cursor) { return value }
        query.fail("cursor", "It is none that a page has given; leave it out for the first page.")
        return nil
    }
}
