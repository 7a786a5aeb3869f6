import Foundation
import Training

extension NumPyFile {
    /// Writes `features.npy` (`[photos, features]`) and `classes.npy` (`[photos]`), so that others can be measured on them.
    /// - Throws: what writing files throws.
    static func write(_ examples: Examples, to folder: String) throws {
        let folder = URL(fileURLWithPath: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let features = examples.features
        try floats(features.values, shape: [features.rows, features.columns])
            .write(to: folder.appendingPathComponent("features.npy"))
        try integers(examples.classes).write(to: folder.appendingPathComponent("classes.npy"))
    }
}

extension FeatureMatrix {
    /// Reads float32 `[photos, features]`, of at least one each.
    /// - Throws: `RegraftError` (`invalid_array`) naming the file.
    init(numPyFile path: String) throws {
        let read = try NumPyFile.floats(at: path)
        guard read.shape.count == 2, read.shape.allSatisfy({ $0 > 0 }) else {
            throw NumPyFile.refusal(path, "its shape must be [photos, features]")
        }
        self.init(read.values, columns: read.shape[1])
    }
}
