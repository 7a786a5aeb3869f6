/// How a kernel moves over a picture, along one axis and then along the other: what ONNX's attributes and TensorFlow's have to
/// agree on.
struct Window {
    enum Padding: Equatable {
        case valid
        /// As many zeros as give a picture of `size / stride`, rounded up, with an odd one at the end.
        case same
        /// Zeros before and after, of height and width.
        case explicit([(before: Int, after: Int)])

        static func == (a: Padding, b: Padding) -> Bool {
            switch (a, b) {
            case (.valid, .valid), (.same, .same): true
            case (.explicit(let a), .explicit(let b)): a.elementsEqual(b, by: ==)
            default: false
            }
        }
    }

    let padding: Padding
    /// Height and width of what comes out.
    let outputs: [Int]
    let strides: [Int]
    let dilations: [Int]

    /// What is computed of such lengths does not overflow.
    static let lengths = 0...65_536

    /// Of height and width, all of them.
    /// - Returns: nil where what comes out would have no pixel, or the attributes are not those of two axes.
    init?(_ node: ONNXNode, kernel: [Int], size: [Int]) {
        let strides = node.integers("strides") ?? [1, 1]
        let dilations = node.integers("dilations") ?? [1, 1]
        guard kernel.count == 2, strides.count == 2, dilations.count == 2,
            (kernel + strides + dilations).allSatisfy({ $0 > 0 && Self.lengths.contains($0) })
        else { return nil }
        let reach = (0..<2).map { (kernel[$0] - 1) * dilations[$0] + 1 }
        let same = (0..<2).map { axis in
            let outputs = (size[axis] + strides[axis] - 1) / strides[axis]
            let total = max((outputs - 1) * strides[axis] + reach[axis] - size[axis], 0)
            return (before: total / 2, after: total - total / 2)
        }
        var pads: [(before: Int, after: Int)]
        switch node.text("auto_pad") ?? "NOTSET" {
        case "NOTSET":
            let given = node.integers("pads") ?? [0, 0, 0, 0]
            guard given.count == 4, given.allSatisfy(Self.lengths.contains) else { return nil }
            pads = [(given[0], given[2]), (given[1], given[3])]
        case "VALID": pads = [(0, 0), (0, 0)]
        case "SAME_UPPER": pads = same
        case "SAME_LOWER": pads = same.map { (before: $0.after, after: $0.before) }
        default: return nil
        }
        outputs = (0..<2).map { axis in
            let room = size[axis] + pads[axis].before + pads[axis].after - reach[axis]
            return room < 0 ? 0 : room / strides[axis] + 1
        }
        guard outputs.allSatisfy({ $0 > 0 }) else { return nil }
        padding =
            if pads.allSatisfy({ $0 == (0, 0) }) { .valid } else if pads.elementsEqual(same, by: ==) { .same } else {
                .explicit(pads)
            }
        self.strides = strides
        self.dilations = dilations
    }

    /// By a pool's `ceil_mode` a rest that fills no window counts too.
    func leavesRest(kernel: [Int], size: [Int]) -> Bool {
        let pads: [(before: Int, after: Int)] =
            if case .explicit(let pads) = padding { pads } else { [(0, 0), (0, 0)] }
        guard padding != .same else { return false }
        return (0..<2).contains { axis in
            let room = size[axis] + pads[axis].before + pads[axis].after - ((kernel[axis] - 1) * dilations[axis] + 1)
            return !room.isMultiple(of: strides[axis])
        }
    }
}
