/// A difference hash of how a picture looks: the picture is averaged down to 9 × 8 grey cells, and each bit says whether
/// a cell is brighter than its right neighbour (Krawetz, "Kind of like that", 2013).
///
/// Copies of a photo in another size, format or compression differ in a few of the 64 bits; different photos in about
/// half of them.
package enum Appearance {
    private static let columns = 9
    private static let rows = 8

    /// - Parameter pixels: `[height, width, 3]` bytes, RGB.
    package static func hash(_ pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int) -> UInt64 {
        var cells = [Int](repeating: 0, count: columns * rows)
        for row in 0..<rows {
            for y in row * height / rows..<(row + 1) * height / rows {
                for column in 0..<columns {
                    let first = (y * width + column * width / columns) * 3
                    let end = (y * width + (column + 1) * width / columns) * 3
                    var sum = 0
                    for index in first..<end { sum &+= Int(pixels[index]) }
                    cells[row * columns + column] += sum
                }
            }
        }
        // Cells differ in width by a pixel where nine does not divide it: compare means.
        let widths = (0..<columns).map { ($0 + 1) * width / columns - $0 * width / columns }
        var hash: UInt64 = 0
        for row in 0..<rows {
            for column in 0..<columns - 1 {
                let left = cells[row * columns + column] * widths[column + 1]
                let right = cells[row * columns + column + 1] * widths[column]
                hash = hash << 1 | (left > right ? 1 : 0)
            }
        }
        return hash
    }
}
