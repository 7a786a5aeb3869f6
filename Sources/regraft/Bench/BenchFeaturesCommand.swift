import ArgumentParser
import Domain
import Foundation
import Training
import Workers

/// The bottlenecks of photos as arrays that other programs read.
struct BenchFeaturesCommand: Measurement {
    static let configuration = CommandConfiguration(
        commandName: "features", abstract: "Writes the bottlenecks of all photos as NumPy arrays.")

    @OptionGroup var photos: PhotoOptions

    @Option(
        name: .customLong("write-arrays"),
        help: "A folder for features.npy, classes.npy and labels.txt, where the first line is class 0.")
    var arrays: String

    func measure(_ pool: WorkerPool) async throws {
        let collection = try await photos.extract(pool)
        let arrays = arrays
        try await pool.run { _ in
            let rows = collection.photos
            let examples = Examples(
                features: FeatureMatrix(rows.map(\.bottleneck.features)), classes: rows.map(\.classIndex))
            try NumPyFile.write(examples, to: arrays)
            try Data(collection.labels.map { $0.printable + "\n" }.joined().utf8)
                .write(to: URL(fileURLWithPath: arrays).appendingPathComponent("labels.txt"))
        }
        Console.say("\(collection.photos.count) photos of \(collection.labels.count) classes in \(arrays.printable)")
    }
}
