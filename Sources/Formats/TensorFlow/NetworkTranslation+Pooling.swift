/// Operators that look at a neighbourhood without weights.
extension NetworkTranslation {
    func pool(_ node: ONNXNode, _ graph: inout GraphBuilder) throws -> Value {
        let input = try map(node)
        let isMaximum = node.opType == "MaxPool"
        let (kernel, size) = (node.integers("kernel_shape") ?? [], [input.height, input.width])
        guard let window = Window(node, kernel: kernel, size: size) else {
            throw refusal(node, "has a kernel, strides or pads that do not fit its input")
        }
        guard window.dilations == [1, 1], node.output.count == 1 else {
            throw refusal(node, "has dilations, or says where it found what, which TensorFlow has no equal of")
        }
        guard node.integer("ceil_mode") ?? 0 == 0 || !window.leavesRest(kernel: kernel, size: size) else {
            throw refusal(node, "rounds its output's size up (ceil_mode), which TensorFlow has no equal of")
        }
        // TensorFlow leaves its own padding out of a mean, and counts zeros that are really there.
        let countsPadding = node.integer("count_include_pad") ?? 0 != 0
        var padding = window.padding
        switch padding {
        case .same where !isMaximum && countsPadding:
            throw refusal(node, "counts its padding in, which is not translated to TensorFlow for padding of this size")
        case .explicit where !isMaximum && !countsPadding:
            throw refusal(node, "leaves padding out of its mean which is not TensorFlow's SAME")
        default: break
        }
        let name = name(node)
        var source = input.name
        if case .explicit = padding {
            source =
                padded(
                    source, padding, "\(name)/Pad", &graph, with: isMaximum ? -Float.greatestFiniteMagnitude : 0
                ).source
            padding = .valid
        }
        let result = graph.add(
            isMaximum ? "MaxPool" : "AvgPool", name, [source],
            [
                "T": .type(.dtFloat), "data_format": .text("NHWC"), "ksize": .integers([1] + kernel + [1]),
                "strides": .integers([1] + window.strides + [1]),
                "padding": .text(padding == .same ? "SAME" : "VALID"),
            ])
        return Value(
            name: result,
            shape: .map(channels: input.channels, height: window.outputs[0], width: window.outputs[1]))
    }

    /// The mean of each channel.
    func mean(_ node: ONNXNode, _ graph: inout GraphBuilder) throws -> Value {
        let input = try map(node)
        var keepsAxes = true
        if node.opType == "ReduceMean" {
            let axes = try integers(node, "axes", orInput: 1) ?? []
            guard Set(axes.map { $0 < 0 ? $0 + 4 : $0 }) == [2, 3] else {
                throw refusal(node, "is a mean over other axes than height and width")
            }
            keepsAxes = node.integer("keepdims") ?? 1 != 0
        }
        let name = name(node)
        let axes = graph.constant("\(name)/axes", [2], integers: [1, 2])
        let result = graph.add(
            "Mean", name, [input.name, axes],
            ["T": .type(.dtFloat), "Tidx": .type(.dtInt32), "keep_dims": .flag(keepsAxes)])
        return Value(
            name: result,
            shape: keepsAxes ? .map(channels: input.channels, height: 1, width: 1) : .vector(input.channels))
    }

    /// An operator of its own, before what cannot pad in the same way.
    func pad(_ node: ONNXNode, _ graph: inout GraphBuilder) throws -> Value {
        let input = try map(node)
        let pads = try integers(node, "pads", orInput: 1) ?? []
        guard node.text("mode") ?? "constant" == "constant", pads.count == 8, pads.allSatisfy(Window.lengths.contains),
            [0, 1, 4, 5].allSatisfy({ pads[$0] == 0 }), try constant(node, 3) == nil
        else { throw refusal(node, "pads in a way that is not translated to TensorFlow") }
        let fill = try node.number("value") ?? floats(node, 2)?.values.first ?? 0
        let result = padded(
            input.name, .explicit([(pads[2], pads[6]), (pads[3], pads[7])]), name(node), &graph, with: fill)
        return Value(
            name: result.source,
            shape: .map(
                channels: input.channels, height: input.height + pads[2] + pads[6],
                width: input.width + pads[3] + pads[7]))
    }

    /// - Returns: what the next operator takes, and its own `padding`.
    func padded(
        _ source: String, _ padding: Window.Padding, _ name: String, _ graph: inout GraphBuilder, with fill: Float = 0
    ) -> (source: String, padding: String) {
        guard case .explicit(let pads) = padding else { return (source, padding == .same ? "SAME" : "VALID") }
        let widths = graph.constant(
            "\(name)/paddings", [4, 2], integers: [0, 0] + pads.flatMap { [$0.before, $0.after] } + [0, 0])
        let attributes: [String: TensorFlowAttrValue] = ["T": .type(.dtFloat), "Tpaddings": .type(.dtInt32)]
        if fill == 0 { return (graph.add("Pad", name, [source, widths], attributes), "VALID") }
        let value = graph.constant("\(name)/constant_values", [], [fill])
        return (graph.add("PadV2", name, [source, widths, value], attributes), "VALID")
    }
}
