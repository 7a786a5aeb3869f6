import Foundation

/// A `multipart/form-data` body (RFC 7578) with files.
struct Form {
    static let type = "multipart/form-data; boundary=xyz"
    private var content = Data()

    init(_ files: [(name: String, bytes: Data)] = []) {
        for file in files { add(#"name="image"; filename="\#(file.name)""#, file.bytes) }
    }

    /// - Parameter parameters: of the part's Content-Disposition.
    mutating func add(_ parameters: String, _ bytes: Data) {
        content +=
            Data("--xyz\r\nContent-Disposition: form-data; \(parameters)\r\n\r\n".utf8) + bytes + Data("\r\n".utf8)
    }

    var body: Data { content + Data("--xyz--\r\n".utf8) }
}
