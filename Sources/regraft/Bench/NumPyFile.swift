import Foundation

/// Arrays as NumPy reads them (numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0).
enum NumPyFile {
    static func floats(_ values: [Float], shape: [Int]) -> Data {
        array("<f4", shape, values.withUnsafeBytes { Data($0) })
    }

    static func integers(_ values: [Int]) -> Data {
        array("<i8", [values.count], values.withUnsafeBytes { Data($0) })
    }

    /// - Parameter content: little-endian, row by row.
    private static func array(_ type: String, _ shape: [Int], _ content: Data) -> Data {
        // As Python writes tuples: that of one element has a comma all the same.
        let sides = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sides)), }"
        // Magic, version and length take 10 bytes; the content begins at a multiple of 64.
        header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
        let length = header.utf8.count
        return Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)]) + Data(header.utf8)
            + content
    }
}
