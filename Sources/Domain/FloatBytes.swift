public import Foundation

extension [Float] {
    /// From IEEE 754 binary32, little-endian; bytes left over at the end are ignored.
    public init(littleEndianBytes bytes: Data) {
        self = bytes.withUnsafeBytes { raw in
            (0..<raw.count / 4).map {
                Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
            }
        }
    }

    /// IEEE 754 binary32, little-endian.
    public var littleEndianBytes: Data {
        var data = Data(capacity: count * 4)
        for value in self { Swift.withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) } }
        return data
    }
}
