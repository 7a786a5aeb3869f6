import Domain
package import Foundation

/// `labels.csv`: a file and a label a line (RFC 4180), below a header like `file,label` or without one. Lines may end as they
/// like, and empty ones are passed over.
///
/// Read in one pass over its bytes, which keeps nothing but what it finds.
package struct LabelList {
    private static let fileNames: Set<String> = ["file", "filename", "file_name", "image", "path", "photo", "name"]
    private static let labelNames: Set<String> = ["label", "class", "category", "target"]
    /// A row with more values than this is no list of photos.
    private static let maximumColumns = 1000

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var line = 1

    /// Labels by file.
    /// - Parameters:
    ///   - maximumRows: also of empty ones: what is found is in memory.
    ///   - check: called every thousand rows; what it throws ends the reading.
    /// - Throws: `RegraftError` (`invalid_labels_csv`), and what `check` throws.
    package static func parse(_ list: Data, maximumRows: Int = .max, check: () throws -> Void) throws -> [String:
        String]
    {
        try list.withUnsafeBytes { buffer in
            var reader = LabelList(bytes: buffer.bindMemory(to: UInt8.self))
            if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
            return try reader.labels(maximumRows, check)
        }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private mutating func labels(_ maximumRows: Int, _ check: () throws -> Void) throws -> [String: String] {
        var labels: [String: String] = [:]
        var columns: (file: Int, label: Int)?
        var count = 0
        while position < bytes.count {
            if count % 1000 == 0 { try check() }
            count += 1
            guard count <= maximumRows else {
                throw refusal("it has more than \(maximumRows) lines, which is as many as an archive may have entries")
            }
            let start = line
            let row = try row()
            if row.count == 1, row[0].isEmpty { continue }
            if columns == nil {
                let names = row.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
                let file = names.firstIndex(where: Self.fileNames.contains)
                let label = names.firstIndex(where: Self.labelNames.contains)
                columns = (label == nil ? 0 : file ?? 0, file == nil ? 1 : label ?? 1)
                if file != nil, label != nil { continue }
            }
            guard let columns, row.count > max(columns.file, columns.label), !row[columns.file].isEmpty,
                !row[columns.label].isEmpty
            else { throw refusal("line \(start) does not name a file and a label") }
            labels[row[columns.file]] = row[columns.label]
        }
        guard !labels.isEmpty else { throw refusal("it names no file") }
        return labels
    }

    /// The values up to the line's end, which is passed.
    private mutating func row() throws -> [String] {
        var row: [String] = []
        while true {
            guard row.count < Self.maximumColumns else {
                throw refusal("line \(line) has more than \(Self.maximumColumns) values")
            }
            row.append(try value())
            guard position < bytes.count else { return row }
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: ",") { continue }
            if byte == 0x0D, position < bytes.count, bytes[position] == 0x0A { position += 1 }
            line += 1
            return row
        }
    }

    private mutating func value() throws -> String {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            let start = position
            while position < bytes.count, !Self.isEnd(bytes[position]) { position += 1 }
            return try text(bytes[start..<position])
        }
        let begin = line
        position += 1
        var value: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") {
                guard position < bytes.count, bytes[position] == byte else {
                    guard position == bytes.count || Self.isEnd(bytes[position]) else {
                        throw refusal("in line \(line) something follows a closing quotation mark")
                    }
                    return try text(value)
                }
                position += 1
            }
            if byte == 0x0A { line += 1 }
            value.append(byte)
        }
        throw refusal("a quotation mark in line \(begin) is never closed")
    }

    private static func isEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ",") || byte == 0x0A || byte == 0x0D }

    private func text(_ value: some Collection<UInt8>) throws -> String {
        guard let text = String(validating: value, as: UTF8.self) else { throw refusal("line \(line) is not UTF-8") }
        return text
    }

    private func refusal(_ what: String) -> RegraftError {
        RegraftError("invalid_labels_csv", "\(ArchiveLayout.listName) cannot be used: \(what).")
    }
}
