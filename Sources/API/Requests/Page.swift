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
    func number<Number: LosslessStringConvertible>(_ query: inout FieldReader, as: Number.Type = Number.self) -> Number?
    {
        guard let cursor else { return nil }
        if let number = Number(cursor) { return number }
        query.fail("cursor", "It is none that a page has given.")
        return nil
    }
}
