import Domain

/// Translates a backbone's ONNX operators to TensorFlow's. Pictures have their channels last there.
struct NetworkTranslation {
    /// What a tensor of the network has become.
    struct Value {
        /// The node's name.
        var name: String
        var shape: Shape
    }

    /// Without the number of pictures, which comes first everywhere.
    enum Shape: Equatable {
        /// `[channels, height, width]` in ONNX, `[height, width, channels]` in TensorFlow.
        case map(channels: Int, height: Int, width: Int)
        /// `[height, width, channels]` in both: what networks of channels last begin with.
        case pixels(height: Int, width: Int, channels: Int)
        case vector(Int)

        /// How many numbers there are of one picture; nil where they are more than any network has, and more than TensorFlow's
        /// shapes count.
        var count: Int? {
            let lengths =
                switch self {
                case .map(let channels, let height, let width), .pixels(let height, let width, let channels):
                    [channels, height, width]
                case .vector(let count): [count]
                }
            var product = 1
            for length in lengths {
                let (next, overflow) = product.multipliedReportingOverflow(by: length)
                guard !overflow, next <= Int32.max else { return nil }
                product = next
            }
            return product
        }
    }

    let network: BackboneNetwork
    private let scope: String
    private var values: [String: Value] = [:]
    private var constants: [String: ONNXTensor] = [:]

    init(_ network: BackboneNetwork, scope: String) {
        self.network = network
        self.scope = scope
        for tensor in network.model.graph.initializer { constants[tensor.name] = tensor }
    }

    /// - Returns: the node with the bottleneck, `[N, features]`.
    /// - Throws: `RegraftError` (`unexportable_backbone`).
    mutating func run(_ graph: inout GraphBuilder) throws -> String {
        guard network.model.graph.sparseInitializer.isEmpty else {
            throw network.description.refusal("it has sparse tensors, which are not translated to TensorFlow")
        }
        addInput(&graph)
        for node in network.model.graph.node {
            guard let output = node.output.first else { continue }
            guard node.domain.isEmpty || node.domain == "ai.onnx" else {
                throw refusal(node, "is an operator of '\(node.domain)'")
            }
            if node.opType == "Constant" {
                guard let tensor = node.tensor("value") else { throw refusal(node, "is no tensor") }
                constants[output] = tensor
            } else {
                let value = try translate(node, &graph)
                guard value.shape.count != nil else { throw refusal(node, "makes more numbers than can be counted") }
                values[output] = value
            }
        }
        guard let value = values[network.features] else {
            throw network.description.refusal("its bottleneck is not the first output of an operator")
        }
        let vector = try flattened(value, "\(scope)/bottleneck", &graph)
        guard vector.shape == .vector(network.description.featureCount) else {
            throw network.description.refusal(
                "its bottleneck '\(network.description.features)' is of another length than its descriptor says")
        }
        return vector.name
    }

    /// The placeholder takes red first, whatever the backbone does.
    private mutating func addInput(_ graph: inout GraphBuilder) {
        let description = network.description
        let (height, width) = (description.height, description.width)
        graph.add(
            "Placeholder", named: "input", [],
            ["dtype": .type(.dtFloat), "shape": .shape([-1, height, width, 3])])
        var name = "input"
        if description.isBGR {
            let axis = graph.constant("\(scope)/bgr/axis", [1], integers: [3])
            name = graph.add(
                "ReverseV2", "\(scope)/bgr", [name, axis], ["T": .type(.dtFloat), "Tidx": .type(.dtInt32)])
        }
        values["input"] = Value(
            name: name,
            shape: description.isChannelsLast
                ? .pixels(height: height, width: width, channels: 3)
                : .map(channels: 3, height: height, width: width))
    }

    private func translate(_ node: ONNXNode, _ graph: inout GraphBuilder) throws -> Value {
        switch node.opType {
        case "Conv": try convolution(node, &graph)
        case "Gemm": try gemm(node, &graph)
        case "BatchNormalization": try batchNormalization(node, &graph)
        case "MaxPool", "AveragePool": try pool(node, &graph)
        case "GlobalAveragePool", "ReduceMean": try mean(node, &graph)
        case "Pad": try pad(node, &graph)
        case "Relu", "Sigmoid", "Tanh": try activation(node, &graph)
        case "Clip": try clip(node, &graph)
        case "HardSigmoid", "HardSwish": try hardActivation(node, &graph)
        case "Add", "Sub", "Mul", "Div": try arithmetic(node, &graph)
        case "Concat": try concatenation(node, &graph)
        case "Flatten", "Reshape", "Squeeze": try reshape(node, &graph)
        case "Transpose": try transpose(node)
        case "Identity", "Dropout": try value(node, 0)
        default: throw refusal(node, "is an operator that is not translated to TensorFlow")
        }
    }

    // MARK: What a node takes

    func value(_ node: ONNXNode, _ index: Int) throws -> Value {
        guard node.input.indices.contains(index), let value = values[node.input[index]] else {
            throw refusal(node, "does not take what the network computes where it should")
        }
        return value
    }

    func map(_ node: ONNXNode) throws -> (name: String, channels: Int, height: Int, width: Int) {
        let value = try value(node, 0)
        guard case .map(let channels, let height, let width) = value.shape else {
            throw refusal(node, "takes no picture of channels first")
        }
        return (value.name, channels, height, width)
    }

    /// The constant that is the node's input; nil where there is none.
    func constant(_ node: ONNXNode, _ index: Int) throws -> ONNXTensor? {
        guard node.input.indices.contains(index), !node.input[index].isEmpty else { return nil }
        guard let tensor = constants[node.input[index]] else {
            throw refusal(node, "computes what should be constant")
        }
        return tensor
    }

    func floats(_ node: ONNXNode, _ index: Int) throws -> (shape: [Int], values: [Float])? {
        guard let tensor = try constant(node, index) else { return nil }
        guard let shape = tensor.shape, let values = tensor.floats, values.count == shape.reduce(1, *) else {
            throw refusal(node, "has weights that are not 32-bit floats")
        }
        return (shape, values)
    }

    /// A list of integers that is an input in newer versions of the operator and an attribute in older ones.
    func integers(_ node: ONNXNode, _ attribute: String, orInput index: Int) throws -> [Int]? {
        if let given = node.integers(attribute) { return given }
        guard let tensor = try constant(node, index) else { return nil }
        guard let integers = tensor.integers else { throw refusal(node, "has '\(attribute)' of another type") }
        return integers
    }

    func isConstant(_ name: String) -> Bool { constants[name] != nil }

    // MARK: What it is called

    func name(_ node: ONNXNode) -> String { "\(scope)/\(GraphBuilder.legal(node.title))" }

    func refusal(_ node: ONNXNode, _ what: String) -> RegraftError {
        network.description.refusal("its node '\(node.title)' (\(node.opType)) \(what)")
    }
}
