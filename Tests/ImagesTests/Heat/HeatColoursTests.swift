import Foundation
import Images
import Testing

/// The colours of heat maps, seen as people see them.
struct HeatColoursTests {
    /// Linear light of a colour of the table: IEC 61966-2-1.
    private func light(_ step: Int) -> [Double] {
        HeatColours.table[step * 3..<step * 3 + 3].map { byte in
            let value = Double(byte) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
    }

    /// From sRGB to OKLab, the other way than the table was made.
    private func okLab(_ step: Int) -> [Double] {
        func product(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
            matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
        }
        let cones = product(
            [
                [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ], light(step)
        ).map(cbrt)
        return product(
            [
                [0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ], cones)
    }

    // Eight steps at a time, since one is about as small as what bytes can say.
    @Test func stepsLookEquallyLarge() {
        let steps = stride(from: 0, to: 248, by: 8).map { step in
            zip(okLab(step), okLab(step + 8)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        }
        let mean = steps.reduce(0, +) / Double(steps.count)
        #expect(mean > 0.01)
        for step in steps { #expect(abs(step - mean) < 0.1 * mean) }
    }

    // In grey, and for the colour-blind, more is lighter.
    @Test func moreIsLighter() {
        let luminances = (0..<256).map { step in
            zip([0.2126, 0.7152, 0.0722], light(step)).reduce(0) { $0 + $1.0 * $1.1 }
        }
        for (one, next) in zip(luminances, luminances[4...]) { #expect(next > one) }
        #expect(luminances[0] < 0.06 && luminances[255] > 0.75)
    }
}
