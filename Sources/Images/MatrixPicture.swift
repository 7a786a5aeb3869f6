public import Domain

/// A square matrix of counts as a picture: a cell's colour says which share of its row it has, and where there is room for it
/// the count stands in it.
public struct MatrixPicture: Sendable {
    /// A PNG file.
    public let png: [UInt8]
    /// Pixels of its side.
    public let side: Int

    /// Rows of more than so many cells could not be told apart on a screen.
    public static let limit = 1_024

    /// - Parameters:
    ///   - size: rows, and columns.
    ///   - cells: those that are not 0.
    /// - Throws: `RegraftError` (`encoding_failed`).
    public init(size: Int, cells: [(row: Int, column: Int, count: Int)]) throws(RegraftError) {
        precondition((1...Self.limit).contains(size))
        var canvas = Canvas(size: size)
        var totals = [Int](repeating: 0, count: size)
        for cell in cells { totals[cell.row] += cell.count }
        for row in 0..<size {
            for column in 0..<size { canvas.fill(row, column, share: 0) }
        }
        for cell in cells where cell.count > 0 {
            let share = Float(cell.count) / Float(totals[cell.row])
            canvas.fill(cell.row, cell.column, share: share)
            canvas.write(cell.count, cell.row, cell.column, isDark: share > 0.5)
        }
        side = canvas.side
        png = try PNGEncoder.encode(canvas.pixels, width: side, height: side)
    }
}

private struct Canvas {
    /// Pixels of a cell's side, with the line that parts it from the next.
    private let cell: Int
    private let line: Int
    let side: Int
    /// `[side, side, 3]`, RGB.
    private(set) var pixels: [UInt8]

    init(size: Int) {
        cell = max(1, min(48, 1_024 / size))
        line = cell >= 6 ? 1 : 0
        side = size * cell + line
        pixels = [UInt8](repeating: 255, count: side * side * 3)
    }

    mutating func fill(_ row: Int, _ column: Int, share: Float) {
        let offset = HeatColours.offset(of: share)
        let colour = HeatColours.table[offset..<offset + 3]
        for y in line..<cell {
            for x in line..<cell { set(x: column * cell + x, y: row * cell + y, colour) }
        }
    }

    /// In the middle of a cell, where it fits.
    mutating func write(_ number: Int, _ row: Int, _ column: Int, isDark: Bool) {
        let digits = String(number).utf8.map { Self.digits[Int($0 - 0x30)] }
        let width = digits.count * 4 - 1
        let scale = min(2, (cell - 4) / max(width, 5))
        guard scale > 0 else { return }
        let left = column * cell + (cell + line - width * scale) / 2
        let top = row * cell + (cell + line - 5 * scale) / 2
        let colour: ArraySlice<UInt8> = isDark ? [0, 0, 0] : [255, 255, 255]
        for (place, digit) in digits.enumerated() {
            for y in 0..<5 * scale {
                for x in 0..<3 * scale where digit >> (14 - y / scale * 3 - x / scale) & 1 == 1 {
                    set(x: left + place * 4 * scale + x, y: top + y, colour)
                }
            }
        }
    }

    private mutating func set(x: Int, y: Int, _ colour: ArraySlice<UInt8>) {
        let at = (y * side + x) * 3
        pixels.replaceSubrange(at..<at + 3, with: colour)
    }

    /// Three by five dots each, the top left one first.
    private static let digits = [
        0b111_101_101_101_111, 0b010_110_010_010_111, 0b111_001_111_100_111, 0b111_001_111_001_111,
        0b101_101_111_001_001, 0b111_100_111_001_111, 0b111_100_111_101_111, 0b111_001_010_010_010,
        0b111_101_111_101_111, 0b111_101_111_001_111,
    ]
}
