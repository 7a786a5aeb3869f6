/// Operators that only move numbers.
extension NetworkTranslation {
    /// As `[N, count]`, in the order that ONNX has the numbers in.
    func flattened(_ value: Value, _ name: String, _ graph: inout GraphBuilder) throws -> Value {
        let count: Int
        var source = value.name
        switch value.shape {
        case .vector: return value
        case .pixels(let height, let width, let channels): count = channels * height * width
        case .map(let channels, let height, let width):
            count = channels * height * width
            if height * width > 1 {
                let order = graph.constant("\(name)/perm", [4], integers: [0, 3, 1, 2])
                source = graph.add(
                    "Transpose", "\(name)/transpose", [source, order],
                    ["T": .type(.dtFloat), "Tperm": .type(.dtInt32)])
            }
        }
        return Value(name: reshaped(source, to: [-1, count], name, &graph), shape: .vector(count))
    }

    private func reshaped(_ source: String, to shape: [Int], _ name: String, _ graph: inout GraphBuilder) -> String {
        let target = graph.constant("\(name)/shape", [shape.count], integers: shape)
        return graph.add("Reshape", name, [source, target], ["T": .type(.dtFloat), "Tshape": .type(.dtInt32)])
    }

    /// To a vector and, from one, to a picture of one pixel.
    func reshape(_ node: ONNXNode, _ graph: inout GraphBuilder) throws -> Value {
        let input = try value(node, 0)
        switch node.opType {
        case "Flatten":
            guard node.integer("axis") ?? 1 == 1 else { throw refusal(node, "mixes pictures with one another") }
        case "Squeeze":
            let axes = try integers(node, "axes", orInput: 1) ?? [2, 3]
            guard case .map(_, 1, 1) = input.shape, Set(axes.map { $0 < 0 ? $0 + 4 : $0 }) == [2, 3] else {
                throw refusal(node, "takes away other axes than height and width of one pixel")
            }
        default:
            let shape = try constant(node, 1)?.integers ?? []
            let count =
                switch input.shape {
                case .vector(let length): length
                case .map(let channels, let height, let width), .pixels(let height, let width, let channels):
                    channels * height * width
                }
            // The number of pictures comes first: 0 is "as it was", and only one of the two lengths can be left open.
            let isVector = shape.count == 2 && (shape[1] == count || (shape[1] == -1 && shape[0] != -1))
            if shape.count == 4, shape[2] == 1, shape[3] == 1, shape[1] == count || shape[1] == -1,
                case .vector = input.shape
            {
                let name = reshaped(input.name, to: [-1, 1, 1, count], name(node), &graph)
                return Value(name: name, shape: .map(channels: count, height: 1, width: 1))
            }
            guard isVector else { throw refusal(node, "makes a shape that is not translated to TensorFlow") }
        }
        return try flattened(input, name(node), &graph)
    }

    /// Channels last to channels first, which TensorFlow's are already.
    func transpose(_ node: ONNXNode) throws -> Value {
        let input = try value(node, 0)
        switch (input.shape, node.integers("perm") ?? []) {
        case (.pixels(let height, let width, let channels), [0, 3, 1, 2]):
            return Value(name: input.name, shape: .map(channels: channels, height: height, width: width))
        case (.map(let channels, let height, let width), [0, 2, 3, 1]):
            return Value(name: input.name, shape: .pixels(height: height, width: width, channels: channels))
        default: throw refusal(node, "orders axes in a way that is not translated to TensorFlow")
        }
    }

    func concatenation(_ node: ONNXNode, _ graph: inout GraphBuilder) throws -> Value {
        let inputs = try node.input.indices.map { try value(node, $0) }
        guard var shape = inputs.first?.shape else { throw refusal(node, "joins nothing") }
        for input in inputs.dropFirst() {
            switch (shape, input.shape) {
            case (.map(let channels, let height, let width), .map(let more, let otherHeight, let otherWidth))
            where (height, width) == (otherHeight, otherWidth):
                shape = .map(channels: channels + more, height: height, width: width)
            case (.vector(let count), .vector(let more)): shape = .vector(count + more)
            default: throw refusal(node, "joins tensors of different shapes")
            }
        }
        let axis: Int
        switch shape {
        case .map: axis = 3
        case .vector: axis = 1
        case .pixels: throw refusal(node, "takes no pictures of channels first")
        }
        let given = node.integer("axis") ?? 1
        guard given == 1 || (given == -1 && axis == 1) || (given == -3 && axis == 3) else {
            throw refusal(node, "joins along another axis than the channels")
        }
        let name = name(node)
        let axisName = graph.constant("\(name)/axis", [], integers: [axis])
        let result = graph.add(
            "ConcatV2", name, inputs.map(\.name) + [axisName],
            ["T": .type(.dtFloat), "Tidx": .type(.dtInt32), "N": .integer(inputs.count)])
        return Value(name: result, shape: shape)
    }
}
