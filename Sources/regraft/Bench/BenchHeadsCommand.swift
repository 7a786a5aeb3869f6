import ArgumentParser
import Domain
import Foundation
import Training
import Workers

/// What heads of a recipe say of bottlenecks that they were not fitted on, dealt into folds by whoever asks, so that other
/// programs can be measured on exactly the same.
struct BenchHeadsCommand: Measurement {
    static let configuration = CommandConfiguration(
        commandName: "heads",
        abstract: "Writes what heads say of bottlenecks that they were not fitted on, for folds that you give.",
        discussion: """
            All arrays are as numpy.save writes them. A photo of fold 0 and above is tested by a head that was fitted on the \
            photos of all other such folds; one of fold -1 takes no part in any fit, and is tested by a head that was fitted \
            on all others. Each photo is taken to look like no other, and every photo that may be fitted on is.
            """)

    @Option(name: .customLong("features"), help: "float32 [photos, features].")
    var features: String

    @Option(name: .customLong("classes"), help: "int64 [photos], or [repeats, photos]; 0 and above where fitted on.")
    var classes: String

    @Option(name: .customLong("folds"), help: "int64 [repeats, photos].")
    var folds: String

    @Option(name: .customLong("recipe"), help: "auto or retrain.")
    var recipe = TrainingOptions.Recipe.auto

    @Option(
        name: .customLong("out"),
        help: "float32 [repeats, photos, classes]: probabilities, or NaN where there was nothing to fit on.")
    var output: String

    func measure(_ pool: WorkerPool) async throws {
        let (features, classes, folds, output) = (features, classes, folds, output)
        let dealt = try await pool.run { _ in try DealtPhotos(features: features, classes: classes, folds: folds) }
        var probabilities: [Float] = []
        for number in 0..<dealt.repeatCount {
            probabilities += try await self.probabilities(dealt, repeat: number, pool)
            Console.warn("Repeat \(number + 1) of \(dealt.repeatCount)")
        }
        let array = NumPyFile.floats(
            probabilities, shape: [dealt.repeatCount, dealt.features.rows, dealt.labels.count])
        try await pool.run { _ in try array.write(to: URL(fileURLWithPath: output)) }
    }

    /// - Returns: `[photos, classes]`
    private func probabilities(_ dealt: DealtPhotos, repeat number: Int, _ pool: WorkerPool) async throws -> [Float] {
        let (recipe, labelCount) = (recipe, dealt.labels.count)
        var result = [Float](repeating: .nan, count: dealt.features.rows * labelCount)
        try await withThrowingTaskGroup(of: (tested: [Int], probabilities: [Float]).self) { group in
            for fold in dealt.foldNumbers(repeat: number) {
                group.addTask {
                    let (set, tested) = try await pool.run { _ in dealt.trainingSet(testing: fold, repeat: number) }
                    guard set.train.count > 0 else { return ([], []) }
                    let head = try await recipe.fit(set, seed: UInt64(number), pool)
                    return (tested, try await pool.run { _ in head.probabilities(set.test.features) })
                }
            }
            for try await (tested, probabilities) in group {
                for (row, photo) in tested.enumerated() {
                    result.replaceSubrange(
                        photo * labelCount..<(photo + 1) * labelCount,
                        with: probabilities[row * labelCount..<(row + 1) * labelCount])
                }
            }
        }
        return result
    }
}
