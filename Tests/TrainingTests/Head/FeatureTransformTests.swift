import Domain
import Testing
import Training

struct FeatureTransformTests {
    @Test func squareRootThenLengthOne() {
        let matrix = FeatureMatrix([[4, 9, -16, 0], [0, 0, 0, 0]]).transformed(.squareRootL2)
        let length: Float = (4 + 9 + 16 as Float).squareRoot()
        for (value, expected) in zip(matrix[0], [2 / length, 3 / length, -4 / length, 0]) {
            #expect(abs(value - expected) < 1e-6)
        }
        // A picture without features stays without, rather than becoming not-a-number.
        #expect(Array(matrix[1]) == [0, 0, 0, 0])
    }

    @Test func rawChangesNothing() {
        let matrix = FeatureMatrix([[1, -2], [3, 4]])
        #expect(matrix.transformed(.raw) == matrix)
    }
}
