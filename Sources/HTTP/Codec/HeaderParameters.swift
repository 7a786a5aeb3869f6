/// A field's value of the form `value; name=token; name="quoted"` (RFC 9110, 5.6.6).
struct HeaderParameters {
    /// In lower case.
    let value: String
    private var parameters: [String: String] = [:]

    /// Names in lower case; where one comes twice, the first counts.
    subscript(name: String) -> String? { parameters[name] }

    /// Nil for what has another form.
    /// - Parameter fromForm: for the fields of a form's part. Browsers and curl write a backslash in a file's name there as
    ///   it is (WHATWG HTML, 4.10.21.8), so it only escapes a quote or another backslash, and no quote that ends the value.
    init?(_ text: String, fromForm: Bool = false) {
        let bytes = Array(text.utf8)
        var position = bytes.firstIndex(of: 0x3B) ?? bytes.count
        value = String(decoding: bytes[..<position], as: UTF8.self).trimmingBlanks.lowercased()
        while position < bytes.count {
            position += 1
            func skipBlanks() { while position < bytes.count, ByteSet.isBlank(bytes[position]) { position += 1 } }
            skipBlanks()
            if position == bytes.count || bytes[position] == 0x3B { continue }
            let nameEnd = bytes[position...].firstIndex { !ByteSet.isToken($0) } ?? bytes.count
            guard nameEnd > position, nameEnd < bytes.count, bytes[nameEnd] == 0x3D else { return nil }
            let name = String(decoding: bytes[position..<nameEnd], as: UTF8.self).lowercased()
            position = nameEnd + 1
            var content: [UInt8] = []
            if position < bytes.count, bytes[position] == 0x22 {
                position += 1
                while position < bytes.count, bytes[position] != 0x22 {
                    if bytes[position] == 0x5C, Self.isEscape(bytes[position...], fromForm) { position += 1 }
                    content.append(bytes[position])
                    position += 1
                }
                guard position < bytes.count else { return nil }
                position += 1
            } else {
                let end = bytes[position...].firstIndex { !ByteSet.isToken($0) } ?? bytes.count
                content = Array(bytes[position..<end])
                position = end
            }
            skipBlanks()
            guard position == bytes.count || bytes[position] == 0x3B else { return nil }
            if parameters[name] == nil { parameters[name] = String(decoding: content, as: UTF8.self) }
        }
    }

    /// Whether a backslash makes the next byte a plain one.
    private static func isEscape(_ rest: ArraySlice<UInt8>, _ fromForm: Bool) -> Bool {
        guard let next = rest.dropFirst().first else { return false }
        guard fromForm else { return true }
        if next == 0x5C { return true }
        let behind = rest.dropFirst(2).first { !ByteSet.isBlank($0) }
        return next == 0x22 && behind != nil && behind != 0x3B
    }
}
