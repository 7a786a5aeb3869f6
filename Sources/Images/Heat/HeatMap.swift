/// Numbers on a coarse grid over a part of a photo.
public struct HeatMap: Sendable {
    public let height: Int
    public let width: Int
    /// `[height, width]`, row by row.
    public let values: [Float]

    public init(height: Int, width: Int, values: [Float]) {
        precondition(height > 0 && width > 0 && values.count == height * width)
        self.height = height
        self.width = width
        self.values = values
    }

    /// At a place between the middles of four cells, from all four (bilinear); beyond the outermost middles as on them.
    /// - Parameters:
    ///   - x, y: 0…1 of the grid's width and height.
    func value(x: Double, y: Double) -> Float {
        let column = Self.cells(x, width)
        let row = Self.cells(y, height)
        func blended(_ row: Int) -> Float {
            values[row * width + column.low] * (1 - column.weight) + values[row * width + column.high] * column.weight
        }
        return blended(row.low) * (1 - row.weight) + blended(row.high) * row.weight
    }

    /// The two cells that a place lies between, and what the second one counts.
    private static func cells(_ place: Double, _ count: Int) -> (low: Int, high: Int, weight: Float) {
        let position = max(0, min(Double(count - 1), place * Double(count) - 0.5))
        let low = Int(position)
        return (low, min(low + 1, count - 1), Float(position - Double(low)))
    }
}
