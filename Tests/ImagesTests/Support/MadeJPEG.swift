import Foundation

/// JPEG files put together by hand (ITU-T T.81): 8 × 8 blocks of the same grey, by tables of one code each, so that a
/// test knows every bit.
struct MadeJPEG {
    var width = 8
    /// 1: grey. 3: YCbCr without subsampling.
    var components = 1
    /// Segments, or anything else, between SOI and the frame.
    var before: [UInt8] = []
    /// Spectral selection and approximation of the scan.
    var parameters: [UInt8] = [0, 63, 0]
    /// One bit 0 for a DC difference of nothing, one for the end of block; the rest of a byte is filled with ones.
    var scanData: [UInt8] = [0x3F]
    var end: [UInt8] = [0xFF, 0xD9]

    var file: Data {
        var frame: [UInt8] = [8, 0, 8, 0, UInt8(width), UInt8(components)]
        var scan = [UInt8(components)]
        for name in 1...UInt8(components) {
            frame += [name, 0x11, 0]
            scan += [name, 0]
        }
        scan += parameters
        let oneCode: [UInt8] = [1] + [UInt8](repeating: 0, count: 15) + [0]
        return Data([0xFF, 0xD8] + before)
            + Self.segment(0xDB, [0] + [UInt8](repeating: 1, count: 64)) + Self.segment(0xC0, frame)
            + Self.segment(0xC4, [0x00] + oneCode + [0x10] + oneCode) + Self.segment(0xDA, scan)
            + Data(scanData + end)
    }

    static func segment(_ code: UInt8, _ content: [UInt8]) -> Data {
        let length = content.count + 2
        return Data([0xFF, code, UInt8(length >> 8), UInt8(length & 0xFF)] + content)
    }
}

extension Data {
    /// The offset of each marker 0xFF `code`, also of those that are none.
    func offsets(ofMarker code: UInt8) -> [Int] {
        indices.dropLast().filter { self[$0] == 0xFF && self[$0 + 1] == code }
    }
}
