import Domain
import Foundation
import HTTP

/// Takes fields out of a JSON object or a query one by one, collects what is wrong with them, and in the end refuses what was
/// not asked for, all at once and by name.
struct FieldReader {
    private enum Source { case body, query }

    private var values: [String: JSONValue]
    private let source: Source
    /// Stands before the names in what is said of them: where in the body they are.
    private let prefix: String
    private var known: Set<String> = []
    private var errors: [Problem.Item] = []
    private var wrong: Set<String> = []

    /// A JSON object.
    /// - Throws: `Problem`: 415 for another type, 413 for more than the limits, 400 for what is no object.
    init(json request: Request, _ limits: JSONReader.Limits = .init()) async throws {
        let type = request.mediaType
        guard type == "application/json" else {
            throw Problem(
                .unsupportedMediaType,
                "The body must be JSON, with the field `Content-Type: application/json`"
                    + (type.map { "; it came as \($0)." } ?? "."))
        }
        let body = try await request.body.collect()
        guard !body.isEmpty else { throw Problem(.badRequest, "The body is empty; it must be a JSON object.") }
        let value = try await BodyWorkers.run(body.count) { try JSONReader.read(body, limits) }
        guard case .object(let fields) = value else { throw Problem(.badRequest, "The body must be a JSON object.") }
        self.init(fields)
    }

    init(_ fields: [String: JSONValue], named prefix: String = "") {
        values = fields
        source = .body
        self.prefix = prefix
    }

    init(query: Query) {
        source = .query
        prefix = ""
        values = [:]
        for item in query.items {
            if values[item.name] != nil { fail(item.name, "It stands there twice.") }
            values[item.name] = .string(item.value)
        }
    }

    /// Notes what is wrong with a field. Of one that is wrong in two ways the first is told.
    mutating func fail(_ name: String, _ detail: String) {
        guard wrong.insert(name).inserted else { return }
        errors.append(Problem.Item(subject: String(name.prefix(100)), detail: detail))
    }

    mutating func value(_ name: String) -> JSONValue? {
        known.insert(name)
        guard let value = values[name], value != .null else { return nil }
        return value
    }

    mutating func string(_ name: String) -> String? {
        guard let value = value(name) else { return nil }
        if case .string(let text) = value { return text }
        fail(name, "It must be a string.")
        return nil
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = value(name) else { return nil }
        let number: Int? =
            switch value {
            case .integer(let number): number
            case .number(let number): Int(exactly: number)
            case .string(let text) where source == .query: Int(text)
            default: nil
            }
        guard let number, range.contains(number) else {
            fail(name, "It must be a whole number from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return number
    }

    mutating func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        guard let value = value(name) else { return nil }
        let number: Double? =
            switch value {
            case .integer(let number): Double(number)
            case .number(let number): number
            case .string(let text) where source == .query: Double(text)
            default: nil
            }
        guard let number, range.contains(number) else {
            fail(name, "It must be a number from \(Self.plain(range.lowerBound)) to \(Self.plain(range.upperBound)).")
            return nil
        }
        return number
    }

    /// Without an exponent, and without a fraction where there is none.
    private static func plain(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? Decimal(string: "\(number)")?.description ?? "\(number)"
    }

    mutating func bool(_ name: String) -> Bool? {
        guard let value = value(name) else { return nil }
        switch value {
        case .bool(let value): return value
        case .string("true") where source == .query: return true
        case .string("false") where source == .query: return false
        default:
            fail(name, "It must be true or false.")
            return nil
        }
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, as: Choice.Type = Choice.self)
        -> Choice? where Choice.RawValue == String
    {
        choice(name, of: Choice.allCases.map(\.rawValue)).flatMap(Choice.init(rawValue:))
    }

    private mutating func choice(_ name: String, of choices: [String]) -> String? {
        guard let text = string(name) else { return nil }
        if choices.contains(text) { return text }
        fail(name, "It must be one of \(choices.joined(separator: ", ")).")
        return nil
    }

    /// One that must be there.
    mutating func requiredChoice(_ name: String, of choices: [String]) -> String? {
        if value(name) == nil {
            fail(name, "\(Self.missing.dropLast()); it must be one of \(choices.joined(separator: ", ")).")
        }
        return choice(name, of: choices)
    }

    mutating func name(_ name: String, kind: String) -> ResourceName? {
        guard let text = string(name) else { return nil }
        do { return try ResourceName(text, kind: kind) } catch {
            fail(name, error.message)
            return nil
        }
    }

    mutating func label(_ name: String) -> Label? {
        guard let text = string(name) else { return nil }
        do { return try Label(text) } catch {
            fail(name, error.message)
            return nil
        }
    }

    private static let missing = "It is missing."

    mutating func require<Value>(_ value: Value?, _ name: String) -> Value? {
        if value == nil { fail(name, Self.missing) }
        return value
    }

    private var collected: [Problem.Item] {
        errors
            + values.keys.filter { !known.contains($0) && !wrong.contains($0) }.sorted().map { name in
                Problem.Item(
                    subject: String(name.prefix(100)),
                    detail: "There is no such \(source == .body ? "field" : "parameter"); there are "
                        + (known.isEmpty ? "none." : "\(known.sorted().joined(separator: ", "))."))
            }
    }

    /// Called when everything has been taken.
    /// - Throws: `Problem` (400) with each thing that is wrong.
    func finish() throws(Problem) {
        let items = collected.map { Problem.Item(subject: prefix + $0.subject, detail: $0.detail) }
        guard !items.isEmpty else { return }
        let what = source == .body ? "field" : "parameter"
        var problem = Problem(
            .badRequest, type: "urn:regraft:problem:invalid-\(what)s",
            items.prefix(Self.toldAtOnce).map { Self.sentence(what, $0) }.joined(separator: " ")
                + (items.count > Self.toldAtOnce ? " In all, \(items.count) \(what)s are wrong." : ""))
        problem.errors = items
        throw problem
    }

    /// All of them are in the list.
    private static let toldAtOnce = 3

    private static func sentence(_ what: String, _ item: Problem.Item) -> String {
        let isMissing = item.detail.hasPrefix(missing.dropLast())
        let predicate = isMissing ? String(item.detail.dropFirst(3)) : "is wrong: \(item.detail)"
        return "The \(what) '\(item.subject)' \(predicate)"
    }
}

extension Request {
    /// For calls without parameters.
    func refuseQuery() throws(Problem) { try FieldReader(query: query).finish() }

    /// For calls whose body has nothing to say: there may be none, or an empty object, which some clients always send.
    func refuseFields() async throws {
        guard body.length != 0, body.length != nil || mediaType != nil else { return }
        try await FieldReader(json: self).finish()
    }
}
