public import Domain

/// Bottleneck vectors, one a row: `[rows, columns]` of 32-bit floats, row by row.
public struct FeatureMatrix: Sendable, Equatable {
    public private(set) var rows: Int
    public let columns: Int
    public private(set) var values: [Float]

    public init(columns: Int, capacity: Int = 0) {
        rows = 0
        self.columns = columns
        values = []
        values.reserveCapacity(capacity * columns)
    }

    /// - Parameter rows: all of the same length.
    public init(_ vectors: [[Float]]) {
        self.init(columns: vectors.first?.count ?? 0, capacity: vectors.count)
        for vector in vectors { append(vector) }
    }

    /// Without columns there is nothing but a number of rows.
    init(columns: Int, rows: Int) {
        precondition(columns == 0 || rows == 0)
        self.rows = rows
        self.columns = columns
        values = []
    }

    /// - Parameter values: `[rows, columns]`, row by row.
    public init(_ values: [Float], columns: Int) {
        precondition(columns > 0 && values.count % columns == 0)
        rows = values.count / columns
        self.columns = columns
        self.values = values
    }

    public mutating func append(_ vector: some Collection<Float>) {
        precondition(vector.count == columns, "a row of \(vector.count) in a matrix of \(columns) columns")
        values.append(contentsOf: vector)
        rows += 1
    }

    public subscript(row: Int) -> ArraySlice<Float> { values[row * columns..<(row + 1) * columns] }

    public func selecting(_ indices: [Int]) -> FeatureMatrix {
        var result = FeatureMatrix(columns: columns, capacity: indices.count)
        for index in indices { result.values += self[index] }
        result.rows = indices.count
        return result
    }

    public func transformed(_ transform: FeatureTransform) -> FeatureMatrix {
        var result = self
        result.values.withUnsafeMutableBufferPointer { values in
            for row in 0..<rows {
                transform.apply(to: UnsafeMutableBufferPointer(rebasing: values[row * columns..<(row + 1) * columns]))
            }
        }
        return result
    }

    /// The mean of each column, summed in double precision and in the order of the rows.
    func columnMeans() -> [Float] {
        var sums = [Double](repeating: 0, count: columns)
        for row in 0..<rows {
            for column in 0..<columns { sums[column] += Double(values[row * columns + column]) }
        }
        return sums.map { Float($0 / Double(max(rows, 1))) }
    }

    func subtracting(_ offsets: [Float]) -> FeatureMatrix {
        var result = self
        result.values.withUnsafeMutableBufferPointer { values in
            for row in 0..<rows {
                for column in 0..<columns { values[row * columns + column] -= offsets[column] }
            }
        }
        return result
    }
}

extension FeatureTransform {
    /// In place, on one bottleneck vector.
    public func apply(to vector: UnsafeMutableBufferPointer<Float>) {
        guard self == .squareRootL2 else { return }
        var sum: Double = 0
        for index in vector.indices {
            let value = vector[index]
            vector[index] = value < 0 ? -(-value).squareRoot() : value.squareRoot()
            sum += Double(abs(value))
        }
        guard sum > 0 else { return }  // an all-black picture may have no features at all
        let scale = Float(1 / sum.squareRoot())
        for index in vector.indices { vector[index] *= scale }
    }
}
