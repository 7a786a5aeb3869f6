import Domain
import Training

/// Bottlenecks that somebody else has dealt into folds, any number of times.
struct DealtPhotos: Sendable {
    let features: FeatureMatrix
    /// Numbers, as many as there are classes.
    let labels: [String]
    let repeatCount: Int
    /// `[repeats, photos]`; −1 of one that is only tested.
    private let folds: [Int]
    /// `[repeats, photos]`
    private let classes: [Int]

    /// Reads NumPy files.
    /// - Throws: `RegraftError` (`invalid_array`) naming the file that does not fit.
    init(features featurePath: String, classes classPath: String, folds foldPath: String) throws {
        features = try FeatureMatrix(numPyFile: featurePath)
        let photos = features.rows
        let folds = try NumPyFile.integers(at: foldPath)
        guard folds.shape.count == 2, folds.shape[0] > 0, folds.shape[1] == photos,
            folds.values.allSatisfy({ (-1..<photos).contains($0) })
        else {
            throw NumPyFile.refusal(
                foldPath, "its shape must be [repeats, \(photos)], and each fold -1 or at least 0 and below \(photos)")
        }
        let classes = try NumPyFile.integers(at: classPath)
        guard classes.shape == [photos] || classes.shape == folds.shape else {
            throw NumPyFile.refusal(classPath, "its shape must be [\(photos)] or \(folds.shape)")
        }
        repeatCount = folds.shape[0]
        self.folds = folds.values
        self.classes =
            classes.shape.count == 2
            ? classes.values : Array(repeatElement(classes.values, count: repeatCount).joined())
        let fitted = zip(self.classes, folds.values).filter { $0.1 >= 0 }.map(\.0)
        let limit = 10_000
        guard let highest = fitted.max(), highest > 0, fitted.allSatisfy({ (0..<limit).contains($0) }) else {
            throw NumPyFile.refusal(
                classPath,
                "photos that are fitted on must be of two classes or more, each at least 0 and below \(limit)")
        }
        labels = (0...highest).map(String.init)
    }

    /// The folds that have photos, ascending.
    func foldNumbers(repeat number: Int) -> [Int] { Set(row(number, of: folds)).sorted() }

    /// All photos of the other folds to fit on, none of them for validation, and where the photos to test are.
    func trainingSet(testing fold: Int, repeat number: Int) -> (set: TrainingSet, tested: [Int]) {
        let (folds, classes) = (row(number, of: folds), row(number, of: classes))
        let tested = folds.indices.filter { folds[$0] == fold }
        let fitted = folds.indices.filter { folds[$0] != fold && folds[$0] >= 0 }
        func examples(_ photos: [Int]) -> Examples {
            Examples(features: features.selecting(photos), classes: photos.map { classes[$0] })
        }
        let set = TrainingSet(
            labels: labels, train: examples(fitted), validation: examples([]), test: examples(tested),
            groups: Array(fitted.indices), views: [])
        return (set, tested)
    }

    private func row(_ number: Int, of values: [Int]) -> [Int] {
        Array(values[number * features.rows..<(number + 1) * features.rows])
    }
}
