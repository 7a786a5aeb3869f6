import Domain
import Foundation

/// An array of any number of dimensions.
struct NumPyArray<Element: BitwiseCopyable & Sendable>: Sendable {
    let shape: [Int]
    /// Row by row.
    let values: [Element]
}

extension NumPyFile {
    /// - Throws: `RegraftError` (`invalid_array`) for anything but finite `float32`.
    static func floats(at path: String) throws -> NumPyArray<Float> {
        let array: NumPyArray<Float> = try read(path, "<f4", "float32")
        guard array.values.allSatisfy(\.isFinite) else { throw refusal(path, "it holds numbers that are not finite") }
        return array
    }

    /// - Throws: `RegraftError` (`invalid_array`) for anything but `int64`.
    static func integers(at path: String) throws -> NumPyArray<Int> { try read(path, "<i8", "int64") }

    static func refusal(_ path: String, _ reason: String) -> RegraftError {
        RegraftError("invalid_array", "\(Console.printable(path)) cannot be used: \(reason).")
    }

    /// Only what `numpy.save` writes of such an array, to the letter: version 1.0, little-endian, row by row, nothing behind.
    private static func read<Element>(_ path: String, _ type: String, _ name: String) throws -> NumPyArray<Element> {
        let file: Data
        do { file = try InputFile.read(URL(fileURLWithPath: path), limit: 1 << 32) } catch {
            throw refusal(path, "it \(error.reason)")
        }
        guard file.count >= 10, file.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]) else {
            throw refusal(path, "it is not a NumPy file of version 1.0")
        }
        let start = 10 + Int(file[8]) + Int(file[9]) << 8
        let form = /\{'descr': '([^']*)', 'fortran_order': (True|False), 'shape': \(([0-9, ]*)\), \} *\n/
        guard start <= file.count, let header = String(bytes: file[10..<start], encoding: .ascii),
            let match = header.wholeMatch(of: form)
        else { throw refusal(path, "its header is not as numpy.save writes it") }
        guard match.1 == type, match.2 == "False" else {
            throw refusal(
                path, "it must hold \(name) row by row, and not \(match.1)\(match.2 == "True" ? " by columns" : "")")
        }
        let parts = match.3.split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
        let shape = parts.compactMap { Int($0) }
        var bytes = MemoryLayout<Element>.stride
        for side in shape {
            let (product, isTooLarge) = bytes.multipliedReportingOverflow(by: side)
            bytes = isTooLarge ? -1 : product
            if isTooLarge { break }
        }
        guard shape.count == parts.count, bytes == file.count - start else {
            throw refusal(path, "its shape (\(match.3)) does not fit its \(file.count - start) bytes of content")
        }
        let count = bytes / MemoryLayout<Element>.stride
        return NumPyArray(
            shape: shape,
            values: file[start...].withUnsafeBytes { content in
                (0..<count).map {
                    content.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.stride, as: Element.self)
                }
            })
    }
}
