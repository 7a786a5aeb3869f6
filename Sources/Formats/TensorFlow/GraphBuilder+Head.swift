import Domain

extension GraphBuilder {
    /// From the bottleneck, `[N, features]`, to the probabilities, in the scope that `retrain.py` has its own last layer in.
    mutating func append(_ head: Head, after bottleneck: String, output: String) {
        let scope = "final_training_ops"
        var vector = bottleneck
        if head.transform == .squareRootL2 { vector = append(squareRootL2: bottleneck, scope: "\(scope)/transform") }
        let (labels, features) = (head.labels.count, head.featureCount)
        let columns = (0..<features).flatMap { feature in
            (0..<labels).map { head.weights[$0 * features + feature] }
        }
        let weights = constant("\(scope)/weights/final_weights", [features, labels], columns)
        let biases = constant("\(scope)/biases/final_biases", [labels], head.biases)
        let product = add(
            "MatMul", "\(scope)/Wx_plus_b/MatMul", [vector, weights],
            ["T": .type(.dtFloat), "transpose_a": .flag(false), "transpose_b": .flag(false)])
        let logits = float("Add", "\(scope)/Wx_plus_b/add", product, biases)
        add("Softmax", named: output, [logits], ["T": .type(.dtFloat)])
    }

    private mutating func append(squareRootL2 bottleneck: String, scope: String) -> String {
        let absolute = float("Abs", "\(scope)/Abs", bottleneck)
        let roots = float("Sqrt", "\(scope)/Sqrt", absolute)
        let signs = float("Sign", "\(scope)/Sign", bottleneck)
        let signed = float("Mul", "\(scope)/mul", signs, roots)
        let axis = constant("\(scope)/length/axis", [1], integers: [1])
        let squares = add(
            "Sum", "\(scope)/length/Sum", [absolute, axis],
            ["T": .type(.dtFloat), "Tidx": .type(.dtInt32), "keep_dims": .flag(true)])
        let length = float("Sqrt", "\(scope)/length/Sqrt", squares)
        let smallest = constant("\(scope)/length/smallest", [], [FeatureTransform.smallestLength])
        let divisor = float("Maximum", "\(scope)/length/Maximum", length, smallest)
        return float("RealDiv", "\(scope)/truediv", signed, divisor)
    }
}
