import Domain
import Foundation

extension ONNXTensor {
    static let (float, uint8, int64): (Int32, Int32, Int32) = (1, 2, 7)

    /// `dims`; nil where they are no lengths.
    var shape: [Int]? {
        var count = 1
        for length in dims {
            let (product, overflow) = count.multipliedReportingOverflow(by: Int(length))
            guard length >= 0, !overflow else { return nil }
            count = product
        }
        return dims.map(Int.init)
    }

    /// Whether it holds as many numbers as its shape says, where its type is one that is looked into.
    var isWhole: Bool {
        guard let count = shape?.reduce(1, *) else { return false }
        return switch dataType {
        case Self.float: hasRawData ? isRaw(count, of: 4) : floatData.count == count
        case Self.int64: hasRawData ? isRaw(count, of: 8) : int64Data.count == count
        default: true
        }
    }

    /// Divided, and not multiplied: a count is whatever the file says.
    private func isRaw(_ count: Int, of size: Int) -> Bool {
        rawData.count.isMultiple(of: size) && rawData.count / size == count
    }

    /// Row by row; nil for another type.
    var floats: [Float]? {
        guard dataType == Self.float else { return nil }
        return hasRawData ? [Float](littleEndianBytes: rawData) : floatData
    }

    /// Row by row; nil for another type.
    var integers: [Int]? {
        guard dataType == Self.int64 else { return nil }
        guard hasRawData else { return int64Data.map(Int.init) }
        return rawData.withUnsafeBytes { raw in
            (0..<raw.count / 8).map {
                Int(Int64(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)))
            }
        }
    }

    init(_ name: String, _ shape: [Int], _ values: [Float]) {
        self.init()
        self.name = name
        dims = shape.map(Int64.init)
        dataType = Self.float
        rawData = values.littleEndianBytes
    }

    init(_ name: String, indices: [Int]) {
        self.init()
        self.name = name
        dims = [Int64(indices.count)]
        dataType = Self.int64
        rawData = indices.reduce(into: Data()) { data, index in
            withUnsafeBytes(of: Int64(index).littleEndian) { data.append(contentsOf: $0) }
        }
    }
}

extension ONNXValueInfo {
    /// - Parameter shape: nil for a length that may be any.
    init(_ name: String, _ type: Int32, _ shape: [Int?]) {
        self.init()
        self.name = name
        self.type.tensorType.elemType = type
        self.type.tensorType.shape.dim = shape.map { length in
            var dimension = ONNXShape.Dimension()
            if let length { dimension.dimValue = Int64(length) } else { dimension.dimParam = "N" }
            return dimension
        }
    }
}

extension ONNXModel {
    /// Of ONNX's own operators; 0 where none are imported.
    var opsetVersion: Int {
        opsetImport.first { $0.domain.isEmpty || $0.domain == "ai.onnx" }.map { Int($0.version) } ?? 0
    }
}
