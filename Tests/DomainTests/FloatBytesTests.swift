import Domain
import Foundation
import Testing

struct FloatBytesTests {
    // IEEE 754 binary32 of 1, −2 and the smallest subnormal, little-endian.
    @Test func isLittleEndian() {
        let bytes = Data([0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 1, 0, 0, 0])
        #expect(([1, -2, .leastNonzeroMagnitude] as [Float]).littleEndianBytes == bytes)
        #expect([Float](littleEndianBytes: bytes) == [1, -2, .leastNonzeroMagnitude])
    }

    @Test func ignoresBytesLeftOver() {
        for count in 4...7 {
            #expect([Float](littleEndianBytes: Data([0, 0, 0x80, 0x3F, 9, 9, 9].prefix(count))) == [1])
        }
        #expect([Float](littleEndianBytes: Data([1, 2, 3])).isEmpty)
    }

    // A slice does not begin at index 0.
    @Test func readsSlices() {
        let slice = Data([9, 0, 0, 0x80, 0x3F]).dropFirst()
        #expect([Float](littleEndianBytes: slice) == [1])
    }

    @Test func keepsEveryBit() {
        let values: [Float] = [0, -0.0, .infinity, .greatestFiniteMagnitude, .pi, -0x1p-140]
        let back = [Float](littleEndianBytes: values.littleEndianBytes)
        #expect(back.map(\.bitPattern) == values.map(\.bitPattern))
    }
}
