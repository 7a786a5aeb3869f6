import Domain
import SwiftProtobuf

extension ONNXGraph {
    /// Leaves only what the bottleneck is computed from, and takes away the graph's inputs, outputs and what is said of its
    /// inner tensors.
    /// - Throws: `RegraftError` (`unexportable_backbone`) where the bottleneck is not there, or needs more than the picture.
    mutating func cut(at description: NetworkDescription) throws {
        var makers: [String: Int] = [:]
        for (index, node) in node.enumerated() {
            for output in node.output where !output.isEmpty { makers[output] = index }
        }
        let constants = Set(initializer.map(\.name) + sparseInitializer.map(\.values.name))
        guard makers[description.features] != nil else {
            throw description.refusal(
                "it makes no tensor '\(description.features)', where its descriptor says that the bottleneck is")
        }
        var kept = Set<Int>()
        var wanted = [description.features]
        var seen = Set<String>()
        var isFed = false
        while let tensor = wanted.popLast() {
            guard seen.insert(tensor).inserted else { continue }
            if tensor == description.input {
                isFed = true
            } else if let index = makers[tensor] {
                if kept.insert(index).inserted { wanted += node[index].tensorsRead }
            } else if !constants.contains(tensor) {
                throw description.refusal("its bottleneck needs the tensor '\(tensor)' beside the picture")
            }
        }
        guard isFed else { throw description.refusal("its bottleneck does not depend on '\(description.input)'") }
        node = node.indices.filter(kept.contains).map { node[$0] }
        initializer = initializer.filter { seen.contains($0.name) }
        sparseInitializer = sparseInitializer.filter { seen.contains($0.values.name) }
        (input, output, valueInfo, quantizationAnnotation) = ([], [], [], [])
        unknownFields = UnknownStorage()
        clearDocString()
    }

    /// Whether a shape that is written into the network says how many pictures go in at once.
    var hasFixedBatch: Bool {
        let constants = integerConstants
        return node.contains { node in
            node.opType == "Reshape" && node.input.count == 2 && (constants[node.input[1]]?.first ?? 0) > 0
        }
    }

    private var integerConstants: [String: [Int]] {
        var found: [String: [Int]] = [:]
        for tensor in initializer { found[tensor.name] = tensor.integers }
        for node in node where node.opType == "Constant" {
            if let name = node.output.first { found[name] = node.tensor("value")?.integers }
        }
        return found
    }
}

extension ONNXNode {
    /// Its inputs and, where it holds graphs (branches and loops), what these may take from outside.
    fileprivate var tensorsRead: [String] {
        let graphs = attribute.flatMap { ($0.hasG ? [$0.g] : []) + $0.graphs }
        return input.filter { !$0.isEmpty }
            + graphs.flatMap { graph in
                let own = graph.tensorNames
                let read = graph.node.flatMap(\.tensorsRead) + graph.output.map(\.name)
                return read.filter { !own.contains($0) }
            }
    }
}
