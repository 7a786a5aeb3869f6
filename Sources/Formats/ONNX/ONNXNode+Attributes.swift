import Foundation

/// A node's attributes by their names; nil where it has none of that name.
extension ONNXNode {
    private func find(_ name: String) -> ONNXAttribute? { attribute.first { $0.name == name } }

    func integer(_ name: String) -> Int? { find(name).map { Int($0.i) } }
    func integers(_ name: String) -> [Int]? { find(name).map { $0.ints.map(Int.init) } }
    func number(_ name: String) -> Float? { find(name).map(\.f) }
    func text(_ name: String) -> String? { find(name).map { String(decoding: $0.s, as: UTF8.self) } }
    func tensor(_ name: String) -> ONNXTensor? { find(name).flatMap { $0.hasT ? $0.t : nil } }

    /// What a message calls it.
    var title: String { name.isEmpty ? output.first ?? "" : name }

    init(_ operation: String, _ inputs: [String], _ output: String, _ attributes: [ONNXAttribute] = []) {
        self.init()
        opType = operation
        name = output
        input = inputs
        self.output = [output]
        attribute = attributes
    }
}

extension ONNXAttribute {
    init(_ name: String, _ value: Int) {
        self.init()
        self.name = name
        i = Int64(value)
        type = .int
    }

    init(_ name: String, _ values: [Int]) {
        self.init()
        self.name = name
        ints = values.map(Int64.init)
        type = .ints
    }
}
