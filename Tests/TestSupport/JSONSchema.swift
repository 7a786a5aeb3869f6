public import Foundation

/// An OpenAPI document, and the part of JSON Schema (2020-12) that it needs to say what a value must be.
public struct OpenAPISchemas {
    public let document: [String: Any]

    /// - Throws: for what is no JSON object.
    public init(_ data: Data) throws {
        guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw CocoaError(.propertyListReadCorrupt)
        }
        document = object
    }

    public var paths: [String: [String: [String: Any]]] {
        document["paths"] as? [String: [String: [String: Any]]] ?? [:]
    }

    /// What a `$ref` stands for; anything else as it is. Nil where it leads nowhere.
    public func resolved(_ value: [String: Any]) -> [String: Any]? {
        guard let reference = value["$ref"] as? String else { return value }
        let keys = reference.dropFirst(2).split(separator: "/").map(String.init)
        let found = keys.reduce(document as Any?) { ($0 as? [String: Any])?[$1] } as? [String: Any]
        return reference.hasPrefix("#/") ? found : nil
    }

    /// What is wrong with a value, each with its place; nothing where it is what the schema says.
    public func faults(of value: Any, _ schema: [String: Any], at place: String = "$") -> [String] {
        guard let schema = resolved(schema) else { return ["\(place): \(schema) leads nowhere"] }
        if let choices = schema["oneOf"] as? [[String: Any]] {
            let each = choices.map { faults(of: value, $0, at: place) }
            return each.filter(\.isEmpty).count == 1 ? [] : ["\(place): not one of its schemas: \(each)"]
        }
        var found: [String] = []
        let types = schema["type"] as? [String] ?? (schema["type"] as? String).map { [$0] } ?? []
        if !types.isEmpty, !types.contains(where: { Self.is(value, $0) }) { return ["\(place): no \(types): \(value)"] }
        if let allowed = schema["enum"] as? [Any], !allowed.contains(where: { "\($0)" == "\(value)" }) {
            found.append("\(place): none of \(allowed): \(value)")
        }
        if let constant = schema["const"], "\(constant)" != "\(value)" { found.append("\(place): not \(constant)") }
        if let text = value as? String, let pattern = schema["pattern"] as? String,
            text.range(of: pattern, options: .regularExpression) == nil
        {
            found.append("\(place): not like \(pattern): \(text)")
        }
        if let number = value as? Double, Self.is(value, "number") {
            if let least = schema["minimum"] as? Double, number < least { found.append("\(place): below \(least)") }
            if let most = schema["maximum"] as? Double, number > most { found.append("\(place): above \(most)") }
        }
        if let list = value as? [Any], let items = schema["items"] as? [String: Any] {
            found += list.enumerated().flatMap { faults(of: $1, items, at: "\(place)[\($0)]") }
        }
        if let object = value as? [String: Any] { found += faults(of: object, fields: schema, at: place) }
        return found
    }

    private func faults(of object: [String: Any], fields schema: [String: Any], at place: String) -> [String] {
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        var found = (schema["required"] as? [String] ?? []).filter { object[$0] == nil }.map { "\(place): lacks \($0)" }
        for (key, value) in object {
            if let property = properties[key] ?? schema["additionalProperties"] as? [String: Any] {
                found += faults(of: value, property, at: "\(place).\(key)")
            } else if schema["additionalProperties"] as? Bool == false {
                found.append("\(place): has \(key)")
            }
        }
        return found
    }

    private static func `is`(_ value: Any, _ type: String) -> Bool {
        let number = value as? NSNumber
        let isBool = number.map { String(cString: $0.objCType) == "c" } ?? false
        return switch type {
        case "null": value is NSNull
        case "boolean": isBool
        case "integer": !isBool && number.map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
        case "number": !isBool && number != nil
        case "string": value is String
        case "array": value is [Any]
        case "object": value is [String: Any]
        default: false
        }
    }
}
