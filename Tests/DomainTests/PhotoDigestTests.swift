import Domain
import Testing

struct PhotoDigestTests {
    @Test func writesHexadecimal() {
        #expect(([0, 0x0F, 0xA0, 0xFF] as [UInt8]).hexadecimal == "000fa0ff")
        #expect(PhotoDigest(bytes: [1] + Array(repeating: 0xAB, count: 31)).description.hasPrefix("01abab"))
    }

    // By its bytes, first to last, so that a split by digest is the same everywhere.
    @Test func isOrderedByItsBytes() {
        let low = PhotoDigest(bytes: [0x7F] + Array(repeating: 0xFF, count: 31))
        let high = PhotoDigest(bytes: [0x80] + Array(repeating: 0, count: 31))
        #expect(low < high && !(high < low) && !(low < low))
    }
}
