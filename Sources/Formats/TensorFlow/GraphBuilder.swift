import Domain
import Foundation
import SwiftProtobuf

/// A GraphDef under construction.
struct GraphBuilder: Sendable {
    private(set) var nodes: [TensorFlowNodeDef] = []
    private var names: Set<String> = []
    private let reserved: Set<String>

    /// - Parameter reserved: names that a node gets by `named` only.
    init(reserved: Set<String>) { self.reserved = reserved }

    /// - Parameter name: gets a number where it is taken.
    /// - Returns: the node's name.
    mutating func add(
        _ operation: String, _ name: String, _ inputs: [String], _ attributes: [String: TensorFlowAttrValue] = [:]
    ) -> String {
        var unique = name
        var number = 1
        while reserved.contains(unique) || names.contains(unique) {
            unique = "\(name)_\(number)"
            number += 1
        }
        add(operation, named: unique, inputs, attributes)
        return unique
    }

    mutating func add(
        _ operation: String, named name: String, _ inputs: [String], _ attributes: [String: TensorFlowAttrValue] = [:]
    ) {
        names.insert(name)
        var node = TensorFlowNodeDef()
        (node.op, node.name, node.input, node.attr) = (operation, name, inputs, attributes)
        nodes.append(node)
    }

    /// One of the operators on floats that have no attribute but their type.
    mutating func float(_ operation: String, _ name: String, _ inputs: String...) -> String {
        add(operation, name, inputs, ["T": .type(.dtFloat)])
    }

    mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]) -> String {
        constant(name, shape, .dtFloat, values.littleEndianBytes)
    }

    /// A list of 32-bit integers, or one of them where there is no shape.
    mutating func constant(_ name: String, _ shape: [Int], integers: [Int]) -> String {
        constant(
            name, shape, .dtInt32,
            integers.reduce(into: Data()) { data, value in
                withUnsafeBytes(of: Int32(value).littleEndian) { data.append(contentsOf: $0) }
            })
    }

    private mutating func constant(
        _ name: String, _ shape: [Int], _ type: TensorFlowDataType, _ content: Data
    ) -> String {
        var tensor = TensorFlowTensor()
        (tensor.dtype, tensor.tensorShape, tensor.tensorContent) = (type, TensorFlowTensorShape(shape), content)
        return add("Const", name, [], ["dtype": .type(type), "value": .with { $0.tensor = tensor }])
    }

    /// What TensorFlow takes for a name: other characters become `_`.
    static func legal(_ name: String) -> String {
        let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")
        let parts = name.split(separator: "/").map { String($0.map { allowed.contains($0) ? $0 : "_" }) }
        let joined = parts.joined(separator: "/")
        return joined.first.map { $0 == "_" || $0 == "-" } ?? true ? "n\(joined)" : joined
    }

    /// Constants of more numbers than a shape or a list of axes has become placeholders.
    func weightless() -> GraphBuilder {
        var result = self
        for index in nodes.indices where nodes[index].op == "Const" {
            guard let value = nodes[index].attr["value"], value.tensor.tensorContent.count > 64 else { continue }
            result.nodes[index].op = "Placeholder"
            result.nodes[index].attr = [
                "dtype": .type(value.tensor.dtype), "shape": .with { $0.shape = value.tensor.tensorShape },
            ]
        }
        return result
    }

    func serialized() throws -> Data {
        var graph = TensorFlowGraphDef()
        graph.node = nodes
        // Of an early TensorFlow 1, whose operators these are: later versions read them as they were meant then.
        graph.versions.producer = 21
        graph.versions.minConsumer = 12
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true  // a dictionary's order is another one in each run
        return try graph.serializedBytes(options: options)
    }
}

extension TensorFlowAttrValue {
    static func type(_ type: TensorFlowDataType) -> Self { .with { $0.type = type } }
    static func text(_ text: String) -> Self { .with { $0.s = Data(text.utf8) } }
    static func flag(_ flag: Bool) -> Self { .with { $0.b = flag } }
    static func number(_ number: Float) -> Self { .with { $0.f = number } }
    static func integer(_ number: Int) -> Self { .with { $0.i = Int64(number) } }
    static func integers(_ numbers: [Int]) -> Self { .with { $0.list.i = numbers.map(Int64.init) } }
    static func shape(_ shape: [Int]) -> Self { .with { $0.shape = TensorFlowTensorShape(shape) } }
}

extension TensorFlowTensorShape {
    /// - Parameter shape: -1 for a length that may be any.
    init(_ shape: [Int]) {
        self.init()
        dim = shape.map { length in .with { $0.size = Int64(length) } }
    }
}
