/// Operators with weights.
extension NetworkTranslation {
    /// As `Conv2D` or `DepthwiseConv2dNative`, and `BiasAdd`.
    func convolution(_ node: ONNXNode, _ graph: inout GraphBuilder) throws -> Value {
        let input = try map(node)
        guard let weights = try floats(node, 1), weights.shape.count == 4 else {
            throw refusal(node, "has no kernel of two dimensions")
        }
        let (outputs, perGroup) = (weights.shape[0], weights.shape[1])
        let kernel = Array(weights.shape[2...])
        let groups = node.integer("group") ?? 1
        guard perGroup > 0, groups > 0, input.channels.isMultiple(of: groups), input.channels / groups == perGroup,
            outputs.isMultiple(of: groups)
        else {
            throw refusal(node, "has a kernel that does not fit its input of \(input.channels) channels")
        }
        let isDepthwise = groups > 1
        guard !isDepthwise || perGroup == 1 else {
            throw refusal(node, "has \(groups) groups of \(perGroup) channels, which TensorFlow has no equal of")
        }
        guard let window = Window(node, kernel: kernel, size: [input.height, input.width]) else {
            throw refusal(node, "has strides, pads or dilations that do not fit its input")
        }
        guard !isDepthwise || (window.strides[0] == window.strides[1] && window.dilations == [1, 1]) else {
            throw refusal(node, "is a depthwise convolution with dilation, or with two strides")
        }
        let name = name(node)
        let (source, padding) = padded(input.name, window.padding, "\(name)/Pad", &graph)
        var attributes: [String: TensorFlowAttrValue] = [
            "T": .type(.dtFloat), "data_format": .text("NHWC"), "padding": .text(padding),
            "strides": .integers([1] + window.strides + [1]),
        ]
        if window.dilations != [1, 1] { attributes["dilations"] = .integers([1] + window.dilations + [1]) }
        let multiplier = outputs / groups
        let constant = graph.constant(
            isDepthwise ? "\(name)/depthwise_weights" : "\(name)/weights",
            isDepthwise ? kernel + [groups, multiplier] : kernel + [perGroup, outputs],
            // Of channel c the depthwise outputs are c · multiplier and the following, in both.
            Self.channelsLast(weights.values, rows: outputs, columns: perGroup, area: kernel[0] * kernel[1]))
        var result = graph.add(
            isDepthwise ? "DepthwiseConv2dNative" : "Conv2D", "\(name)/\(isDepthwise ? "depthwise" : "Conv2D")",
            [source, constant], attributes)
        if let biases = try floats(node, 2) {
            guard biases.shape == [outputs] else { throw refusal(node, "has biases that do not fit its kernel") }
            let constant = graph.constant("\(name)/biases", [outputs], biases.values)
            result = graph.add(
                "BiasAdd", "\(name)/BiasAdd", [result, constant],
                ["T": .type(.dtFloat), "data_format": .text("NHWC")])
        }
        return Value(
            name: result, shape: .map(channels: outputs, height: window.outputs[0], width: window.outputs[1]))
    }

    /// `[rows, columns, area]` → `[area, columns, rows]`.
    private static func channelsLast(_ values: [Float], rows: Int, columns: Int, area: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: values.count) { buffer, count in
            for row in 0..<rows {
                for column in 0..<columns {
                    let start = (row * columns + column) * area
                    for place in 0..<area { buffer[(place * columns + column) * rows + row] = values[start + place] }
                }
            }
            count = values.count
        }
    }

    /// `alpha · a · b + beta · c` as `MatMul` and `Add`, the factors being taken into the weights.
    func gemm(_ node: ONNXNode, _ graph: inout GraphBuilder) throws -> Value {
        let input = try value(node, 0)
        guard case .vector(let count) = input.shape, node.integer("transA") ?? 0 == 0 else {
            throw refusal(node, "takes no vector")
        }
        guard let weights = try floats(node, 1), weights.shape.count == 2 else {
            throw refusal(node, "has no matrix of weights")
        }
        let isTransposed = node.integer("transB") ?? 0 != 0
        let outputs = isTransposed ? weights.shape[0] : weights.shape[1]
        guard weights.shape == (isTransposed ? [outputs, count] : [count, outputs]) else {
            throw refusal(node, "has weights that do not fit its input of \(count) numbers")
        }
        let alpha = node.number("alpha") ?? 1
        let values =
            isTransposed
            ? Self.channelsLast(weights.values, rows: outputs, columns: count, area: 1) : weights.values
        let name = name(node)
        let constant = graph.constant("\(name)/weights", [count, outputs], values.map { $0 * alpha })
        var result = graph.add(
            "MatMul", "\(name)/MatMul", [input.name, constant],
            ["T": .type(.dtFloat), "transpose_a": .flag(false), "transpose_b": .flag(false)])
        if let biases = try floats(node, 2) {
            guard biases.values.count == outputs || biases.values.count == 1, biases.shape.last == biases.values.count
            else { throw refusal(node, "has biases that do not fit its weights") }
            let beta = node.number("beta") ?? 1
            let constant = graph.constant("\(name)/biases", [biases.values.count], biases.values.map { $0 * beta })
            result = graph.float("Add", "\(name)/add", result, constant)
        }
        return Value(name: result, shape: .vector(outputs))
    }

    /// As a product and a sum, whose factors are computed here.
    func batchNormalization(_ node: ONNXNode, _ graph: inout GraphBuilder) throws -> Value {
        let input = try value(node, 0)
        let count: Int
        switch input.shape {
        case .map(let channels, _, _): count = channels
        case .vector(let length): count = length
        case .pixels: throw refusal(node, "takes no picture of channels first")
        }
        let constants = try (1...4).map { try floats(node, $0)?.values ?? [] }
        guard constants.allSatisfy({ $0.count == count }), node.integer("training_mode") ?? 0 == 0 else {
            throw refusal(node, "has no four constants of as many numbers as its input has channels")
        }
        let epsilon = Double(node.number("epsilon") ?? 1e-5)
        let factors = (0..<count).map { Double(constants[0][$0]) / (Double(constants[3][$0]) + epsilon).squareRoot() }
        let offsets = (0..<count).map { Float(Double(constants[1][$0]) - Double(constants[2][$0]) * factors[$0]) }
        let name = name(node)
        let factor = graph.constant("\(name)/factors", [count], factors.map { Float($0) })
        let offset = graph.constant("\(name)/offsets", [count], offsets)
        let product = graph.float("Mul", "\(name)/mul", input.name, factor)
        return Value(name: graph.float("Add", "\(name)/add", product, offset), shape: input.shape)
    }
}
