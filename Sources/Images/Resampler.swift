/// Antialiased bicubic resampling (Catmull-Rom, a = −0.5; Keys 1981) of a box of a picture. When it shrinks, the kernel
/// is widened by the same factor, so every pixel of the box counts: what Pillow's `resize(BICUBIC, box=)` computes.
///
/// One output row at a time: its source rows are blended into one row of floats, then that row is shortened. The
/// intermediate row stays in the first-level cache and is never rounded.
///
/// Not Sendable: it reuses its scratch from call to call.
final class Resampler {
    private var row = UnsafeMutableBufferPointer<Float>.allocate(capacity: 0)

    deinit { row.deallocate() }

    /// Fills `destination`, which the caller has sized, from `box` of `source`, given in pixels of `source`.
    func resample(_ source: Raster, box: Placement.Box, into destination: Raster) {
        let columns = KernelTable(from: box.x, length: box.width, size: source.width, to: destination.width)
        let rows = KernelTable(from: box.y, length: box.height, size: source.height, to: destination.height)
        // Only the columns that some output column reads.
        let first = columns.starts.first ?? 0
        let last = (columns.starts.last ?? 0) + columns.taps
        let floats = (last - first) * 4
        if row.count < floats {
            row.deallocate()
            row = .allocate(capacity: floats)
        }
        guard let pixels = source.pixels.baseAddress, let blended = row.baseAddress,
            let output = destination.pixels.baseAddress
        else { return }
        for y in 0..<destination.height {
            rows.weights.withUnsafeBufferPointer { weights in
                blendRows(
                    pixels + rows.starts[y] * source.bytesPerRow + first * 4, stride: source.bytesPerRow,
                    weights: UnsafeBufferPointer(rebasing: weights[y * rows.taps..<(y + 1) * rows.taps]),
                    into: blended, count: floats)
            }
            shorten(blended, firstColumn: first, columns, into: output + y * destination.bytesPerRow)
        }
    }

    /// `result[i] = Σₖ weights[k] · rows[k][i]`. Plain loops over four rows at a time, which the compiler turns into
    /// vector instructions; `SIMD16` conversions from bytes to floats are not.
    private func blendRows(
        _ top: UnsafePointer<UInt8>, stride: Int, weights: UnsafeBufferPointer<Float>,
        into result: UnsafeMutablePointer<Float>, count: Int
    ) {
        var k = 0
        var isFirst = true
        while k < weights.count {
            let left = weights.count - k
            let row0 = top + k * stride
            let row1 = left > 1 ? row0 + stride : row0
            let row2 = left > 2 ? row1 + stride : row0
            let row3 = left > 3 ? row2 + stride : row0
            let weight0 = weights[k]
            let weight1 = left > 1 ? weights[k + 1] : 0
            let weight2 = left > 2 ? weights[k + 2] : 0
            let weight3 = left > 3 ? weights[k + 3] : 0
            if isFirst {
                for i in 0..<count {
                    result[i] =
                        (weight0 * Float(row0[i]) + weight1 * Float(row1[i]))
                        + (weight2 * Float(row2[i]) + weight3 * Float(row3[i]))
                }
            } else {
                for i in 0..<count {
                    result[i] +=
                        (weight0 * Float(row0[i]) + weight1 * Float(row1[i]))
                        + (weight2 * Float(row2[i]) + weight3 * Float(row3[i]))
                }
            }
            isFirst = false
            k += 4
        }
    }

    private func shorten(
        _ row: UnsafePointer<Float>, firstColumn: Int, _ columns: KernelTable, into output: UnsafeMutablePointer<UInt8>
    ) {
        let pixels = UnsafeRawPointer(row)
        let taps = columns.taps
        let (smallest, largest) = (SIMD4<Float>(repeating: 0), SIMD4<Float>(repeating: 255))
        columns.weights.withUnsafeBufferPointer { weights in
            columns.starts.withUnsafeBufferPointer { starts in
                for x in 0..<starts.count {
                    var sum = smallest
                    let base = pixels + (starts[x] &- firstColumn) &* 16
                    let first = x &* taps
                    for k in 0..<taps {
                        sum += base.load(fromByteOffset: k &* 16, as: SIMD4<Float>.self) * weights[first &+ k]
                    }
                    let pixel = output + x &* 4
                    sum.replace(with: smallest, where: sum .< smallest)
                    sum.replace(with: largest, where: sum .> largest)
                    // Adding 2²³ leaves the whole part in the low bits of the float, without a checked conversion.
                    let bits = unsafeBitCast(sum + 0x1p23, to: SIMD4<UInt32>.self)
                    for channel in 0..<4 { pixel[channel] = UInt8(truncatingIfNeeded: bits[channel]) }
                }
            }
        }
    }
}

/// For each output position along one axis: where its source pixels start, and their weights, which sum to 1.
struct KernelTable {
    /// Source pixels for each output position; positions near an edge are filled up with weights of zero.
    let taps: Int
    let starts: [Int]
    /// `[output positions, taps]`
    let weights: [Float]

    /// - Parameters:
    ///   - from, length: the part of the axis to resample, in source pixels.
    ///   - size: the length of the whole axis; the kernel may read beyond the part but not beyond this.
    init(from origin: Double, length: Double, size: Int, to count: Int) {
        let scale = length / Double(count)
        let widening = max(scale, 1)
        let support = 2 * widening
        let taps = min(Int(support.rounded(.up)) * 2 + 1, size)
        var starts = [Int](repeating: 0, count: count)
        var table = [Float](repeating: 0, count: count * taps)
        for position in 0..<count {
            let centre = origin + (Double(position) + 0.5) * scale
            let low = min(max(Int((centre - support + 0.5).rounded(.down)), 0), size - 1)
            let high = max(min(Int((centre + support + 0.5).rounded(.down)), size), low + 1)
            var weights = (low..<high).map { Self.bicubic((Double($0) + 0.5 - centre) / widening) }
            let sum = weights.reduce(0, +)
            if sum != 0 { weights = weights.map { $0 / sum } } else { weights[0] = 1 }
            let start = min(low, size - taps)
            starts[position] = start
            for (offset, weight) in weights.enumerated() where low - start + offset < taps {
                table[position * taps + low - start + offset] = Float(weight)
            }
        }
        (self.taps, self.starts, weights) = (taps, starts, table)
    }

    private static func bicubic(_ distance: Double) -> Double {
        let a = -0.5
        let x = abs(distance)
        if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
        return 0
    }
}
