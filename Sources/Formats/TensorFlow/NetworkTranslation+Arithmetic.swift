/// Operators on one number at a time.
extension NetworkTranslation {
    func activation(_ node: ONNXNode, _ graph: inout GraphBuilder) throws -> Value {
        let input = try value(node, 0)
        return Value(name: graph.float(node.opType, name(node), input.name), shape: input.shape)
    }

    /// As `Relu6` or `Relu` where it is one.
    func clip(_ node: ONNXNode, _ graph: inout GraphBuilder) throws -> Value {
        let input = try value(node, 0)
        let low = try node.number("min") ?? floats(node, 1)?.values.first ?? -.infinity
        let high = try node.number("max") ?? floats(node, 2)?.values.first ?? .infinity
        let name = name(node)
        if low == 0, high == 6 { return Value(name: graph.float("Relu6", name, input.name), shape: input.shape) }
        if low == 0, high >= .greatestFiniteMagnitude {
            return Value(name: graph.float("Relu", name, input.name), shape: input.shape)
        }
        let (least, most) = (graph.constant("\(name)/min", [], [low]), graph.constant("\(name)/max", [], [high]))
        let raised = graph.float("Maximum", "\(name)/Maximum", input.name, least)
        return Value(name: graph.float("Minimum", "\(name)/Minimum", raised, most), shape: input.shape)
    }

    /// `max(0, min(1, alpha · x + beta))`, and for `HardSwish` times x.
    func hardActivation(_ node: ONNXNode, _ graph: inout GraphBuilder) throws -> Value {
        let input = try value(node, 0)
        let isSwish = node.opType == "HardSwish"
        let alpha = isSwish ? 1 / 6 : node.number("alpha") ?? 0.2
        let beta = isSwish ? 0.5 : node.number("beta") ?? 0.5
        let name = name(node)
        let constants = [("alpha", alpha), ("beta", beta), ("one", 1), ("zero", 0)].map { part, value in
            graph.constant("\(name)/\(part)", [], [value])
        }
        let scaled = graph.float("Mul", "\(name)/mul", input.name, constants[0])
        let moved = graph.float("Add", "\(name)/add", scaled, constants[1])
        let lowered = graph.float("Minimum", "\(name)/Minimum", moved, constants[2])
        var result = graph.float("Maximum", "\(name)/Maximum", lowered, constants[3])
        if isSwish { result = graph.float("Mul", "\(name)/swish", input.name, result) }
        return Value(name: result, shape: input.shape)
    }

    func arithmetic(_ node: ONNXNode, _ graph: inout GraphBuilder) throws -> Value {
        guard node.input.count == 2 else { throw refusal(node, "has not two inputs") }
        let operation = node.opType == "Div" ? "RealDiv" : node.opType
        let computed = node.input.indices.filter { !isConstant(node.input[$0]) }
        guard let first = computed.first else { throw refusal(node, "takes constants only") }
        let name = name(node)
        if computed.count == 2 {
            let (a, b) = (try value(node, 0), try value(node, 1))
            guard let shape = Self.common(a.shape, b.shape) else {
                throw refusal(node, "takes two tensors of shapes that are not translated to TensorFlow")
            }
            return Value(name: graph.float(operation, name, a.name, b.name), shape: shape)
        }
        let input = try value(node, first)
        guard let constant = try floats(node, 1 - first) else { throw refusal(node, "lacks an input") }
        let operand = graph.constant("\(name)/constant", try shape(constant.shape, for: input, node), constant.values)
        return Value(
            name: first == 0
                ? graph.float(operation, name, input.name, operand)
                : graph.float(operation, name, operand, input.name), shape: input.shape)
    }

    /// What a constant's shape is in TensorFlow: one number for all, or one for each channel.
    private func shape(_ shape: [Int], for input: Value, _ node: ONNXNode) throws -> [Int] {
        let count = shape.reduce(1, *)
        if count == 1 { return [] }
        let isPerChannel =
            switch input.shape {
            case .map(let channels, _, _): [[channels, 1, 1], [1, channels, 1, 1]].contains(shape)
            case .vector(let length): [[length], [1, length]].contains(shape)
            case .pixels(_, _, let channels): [[channels], [1, 1, 1, channels]].contains(shape)
            }
        guard isPerChannel else {
            throw refusal(node, "takes a constant of a shape that is not translated to TensorFlow")
        }
        return [count]
    }

    /// The shape of a sum of both; nil where there is none that both libraries agree on.
    private static func common(_ a: Shape, _ b: Shape) -> Shape? {
        if a == b { return a }
        guard case .map(let channels, let height, let width) = a,
            case .map(channels, let otherHeight, let otherWidth) = b
        else { return nil }
        if (otherHeight, otherWidth) == (1, 1) { return a }
        return (height, width) == (1, 1) ? b : nil
    }
}
