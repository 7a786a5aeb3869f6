import Domain
public import Foundation

/// An ONNX file from a list of nodes. Numbers of fields are those of onnx.proto.
public struct MadeONNX {
    public struct Node {
        public var operation: String
        public var inputs: [String]
        public var outputs: [String]
        public var attributes: [Protobuf.Field]

        public init(_ operation: String, _ inputs: [String], _ outputs: String..., attributes: [Protobuf.Field] = []) {
            self.operation = operation
            self.inputs = inputs
            self.outputs = outputs
            self.attributes = attributes
        }
    }

    public var irVersion = 8
    public var opset = 13
    public var nodes: [Node] = []
    public var floats: [(name: String, shape: [Int], values: [Float])] = []
    public var integers: [(name: String, values: [Int])] = []
    /// `[N, 3, height, width]` by default.
    public var input: (name: String, shape: [Int?])
    public var outputs: [String] = []
    public var metadata: [(String, String)] = []
    /// Further fields of the graph.
    public var more: [Protobuf.Field] = []

    public init(width: Int, height: Int) { input = ("in", [nil, 3, height, width]) }

    public var data: Data {
        let nodes = nodes.map { node in
            Protobuf.Field.message(
                1,
                node.inputs.map { .text(1, $0) } + node.outputs.map { .text(2, $0) }
                    + [.text(3, "node of \(node.outputs[0])"), .text(4, node.operation)]
                    + node.attributes)
        }
        let tensors = floats.map { tensor in
            Protobuf.Field.message(
                5, .integers(1, tensor.shape), .integer(2, 1), .text(8, tensor.name),
                .bytes(9, tensor.values.littleEndianBytes))
        }
        let lists = integers.map { list in
            Protobuf.Field.message(
                5, .integers(1, [list.values.count]), .integer(2, 7), .integers(7, list.values), .text(8, list.name))
        }
        let outputs = outputs.map { Self.value(12, $0, []) }
        return Protobuf(
            .integer(1, irVersion),
            .message(
                7,
                nodes + [.text(2, "made")] + tensors + lists + [Self.value(11, input.name, input.shape)] + outputs
                    + more),
            .message(8, .integer(2, opset))
        ).data + Protobuf(metadata.map { .message(14, .text(1, $0.0), .text(2, $0.1)) }).data
    }

    private static func value(_ number: Int, _ name: String, _ shape: [Int?]) -> Protobuf.Field {
        let dimensions = shape.map { Protobuf.Field.message(1, $0.map { .integer(1, $0) } ?? .text(2, "batch")) }
        return .message(number, .text(1, name), .message(2, .message(1, .integer(1, 1), .message(2, dimensions))))
    }

    /// Attributes.
    public static func integer(_ name: String, _ value: Int) -> Protobuf.Field {
        .message(5, .text(1, name), .integer(3, value), .integer(20, 2))
    }

    public static func integers(_ name: String, _ values: [Int]) -> Protobuf.Field {
        .message(5, [.text(1, name)] + values.map { .integer(8, $0) } + [.integer(20, 7)])
    }

    public static func text(_ name: String, _ value: String) -> Protobuf.Field {
        .message(5, .text(1, name), .text(4, value), .integer(20, 3))
    }
}
