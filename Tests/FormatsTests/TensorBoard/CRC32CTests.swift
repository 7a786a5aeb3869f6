import Formats
import Testing

struct CRC32CTests {
    /// RFC 3720, appendix B.4, and the check value of the catalogue of parametrised CRC algorithms.
    @Test(
        arguments: [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ([UInt8](0..<32), 0x46DD_794E), ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
            (Array("123456789".utf8), 0xE306_9283),
            ([], 0),
        ] as [([UInt8], UInt32)])
    func isThePublishedOne(_ bytes: [UInt8], _ expected: UInt32) {
        #expect(CRC32C.checksum(bytes) == expected)
    }

    /// By TensorBoard's own `masked_crc32c`, 2.21.
    @Test(
        arguments: [
            (Array("123456789".utf8), 0xC78A_B0E5), ([], 0xA282_EAD8), ([0x18, 0, 0, 0, 0, 0, 0, 0], 0x224B_7FA3),
        ] as [([UInt8], UInt32)])
    func isMaskedAsTensorFlowDoes(_ bytes: [UInt8], _ expected: UInt32) {
        #expect(CRC32C.masked(bytes) == expected)
    }
}
