import HTTPTypes

/// Targets: whatever comes through may become part of a file's path.
enum TargetTarget {
    static func run(_ input: inout Input) {
        let methods: [HTTPRequest.Method] = [.get, .options, .connect, .post]
        let method = methods[Int(input.choice()) % methods.count]
        // As the parser of heads lets them through.
        guard input.rest.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x23 }), !input.rest.isEmpty else { return }
        let text = String(decoding: input.rest, as: UTF8.self)
        guard let (target, _) = try? RequestTarget.parse(text, method: method) else { return }
        check(target)
        for item in target.query.items {
            HTTPFuzz.check(target.query[item.name] != nil, "an item of the query is not found")
            HTTPFuzz.check(target.query.values(item.name).contains(item.value), "a value of the query is not found")
        }
    }

    static func check(_ target: RequestTarget) {
        for segment in target.segments {
            HTTPFuzz.check(segment.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x2F && $0 != 0x7F }, "a bad byte in a path")
            HTTPFuzz.check(Array(segment.utf8) != [0x2E] && Array(segment.utf8) != [0x2E, 0x2E], "a dot segment")
        }
        HTTPFuzz.check(!target.segments.dropLast().contains(""), "an empty segment inside a path")
        HTTPFuzz.check(!target.rawPath.utf8.contains(0x3F), "a query in a path")
    }
}

enum FieldTarget {
    static func parameters(_ input: inout Input) {
        let text = String(decoding: input.rest, as: UTF8.self)
        guard let found = HeaderParameters(text) else { return }
        check(!found.value.utf8.contains(0x3B), "a value goes beyond its end")
        _ = (found["boundary"], found["name"], found["filename"])
    }

    static func range(_ input: inout Input) {
        let length = Int(input.choice()) << (8 * Int(input.choice() % 8))
        let text = String(decoding: input.rest, as: UTF8.self)
        switch ByteRange(text, length: length) {
        case .whole, .unsatisfiable: break
        case .part(let range): check(!range.isEmpty && range.lowerBound >= 0 && range.upperBound <= length, "\(range)")
        }
    }

    static func date(_ input: inout Input) {
        let text = String(decoding: input.rest, as: UTF8.self)
        guard let seconds = HTTPDate.parse(text) else { return }
        // The written form has four digits for the year.
        guard (-62_167_219_200..<253_402_300_800).contains(seconds) else { return }
        let written = HTTPDate.format(seconds)
        if seconds >= -30_610_224_000 { check(HTTPDate.parse(written) == seconds, "\(text) becomes \(written)") }
    }

    static func tags(_ input: inout Input) {
        let text = String(decoding: input.rest, as: UTF8.self)
        _ = EntityTag.isNamed("\"a\"", in: text, strongly: input.rest.count % 2 == 0)
        _ = (IPAddress(text), AddressRange(text), SocketAddress(host: text, port: 0))
    }
}
