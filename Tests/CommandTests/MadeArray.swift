import Foundation
import TestSupport

/// A NumPy file, written out by hand from numpy.org's description of the format and not by the code under test.
enum MadeArray {
    static func floats(_ shape: String, _ values: [Float]) -> Data {
        file("{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }", values.withUnsafeBytes { Data($0) })
    }

    static func integers(_ shape: String, _ values: [Int]) -> Data {
        file("{'descr': '<i8', 'fortran_order': False, 'shape': \(shape), }", values.withUnsafeBytes { Data($0) })
    }

    static func file(_ header: String, _ content: Data, version: UInt8 = 1) -> Data {
        let header = header.padding(toLength: 117, withPad: " ", startingAt: 0) + "\n"
        return Data([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, version, 0, 118, 0]) + Data(header.utf8) + content
    }

    /// The floats behind the header of a file.
    static func content(of file: Data) -> [Float] {
        let start = 10 + Int(file[8]) + Int(file[9]) << 8
        return file[start...].withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
    }

    static func header(of file: Data) -> String {
        String(decoding: file[10..<10 + Int(file[8]) + Int(file[9]) << 8], as: UTF8.self)
    }
}
