package import Foundation

/// TensorFlow's record of a file: the length as 8 bytes, the masked CRC-32C of these, the bytes, theirs; little-endian.
package enum TFRecord {
    package static func framed(_ bytes: Data) -> Data {
        var record = Data(capacity: bytes.count + 16)
        let length = littleEndian(UInt64(bytes.count))
        record += length
        record += littleEndian(CRC32C.masked(length))
        record += bytes
        record += littleEndian(CRC32C.masked(bytes))
        return record
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> Data {
        withUnsafeBytes(of: value.littleEndian) { Data($0) }
    }
}
