public import Domain
import Foundation

extension Backbone {
    /// Reads the network's own last layer; blocks.
    /// - Returns: nil where the descriptor does not say where it is.
    /// - Throws: `RegraftError` (`damaged_backbone`).
    public func readClassifier() throws -> LinearLayer? {
        guard let place = descriptor.classifier else { return nil }
        let inputs = descriptor.featureCount
        let data = try Data(contentsOf: file, options: .mappedIfSafe)
        func floats(_ offset: Int, _ count: Int) throws -> [Float] {
            guard offset <= data.count, count <= (data.count - offset) / 4 else {
                throw RegraftError(
                    "damaged_backbone",
                    "The classifier of '\(descriptor.id)' is not in \(file.path): the file ends before it.")
            }
            return [Float](littleEndianBytes: data.subdata(in: offset..<offset + 4 * count))
        }
        let weights = try floats(place.weightsOffset, place.classes * inputs)
        let biases = try floats(place.biasesOffset, place.classes)
        guard weights.allSatisfy(\.isFinite), biases.allSatisfy(\.isFinite) else {
            throw RegraftError(
                "damaged_backbone",
                "What stands in \(file.path) where the descriptor of '\(descriptor.id)' has its classifier are no numbers."
            )
        }
        return LinearLayer(inputs: inputs, outputs: place.classes, weights: weights, biases: biases)
    }
}
