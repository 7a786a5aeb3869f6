extension ONNXGraph {
    /// Of every tensor that the graph holds or makes.
    var tensorNames: Set<String> {
        Set(node.flatMap(\.output)).union(initializer.map(\.name)).union(sparseInitializer.map(\.values.name))
            .union(input.map(\.name))
    }

    /// Gives tensors other names, also in the graphs that nodes hold.
    mutating func renameTensors(_ name: (String) -> String) {
        func renamed(_ old: String) -> String { old.isEmpty ? old : name(old) }
        for index in initializer.indices { initializer[index].name = renamed(initializer[index].name) }
        for index in sparseInitializer.indices {
            sparseInitializer[index].values.name = renamed(sparseInitializer[index].values.name)
        }
        for index in input.indices { input[index].name = renamed(input[index].name) }
        for index in output.indices { output[index].name = renamed(output[index].name) }
        for index in valueInfo.indices { valueInfo[index].name = renamed(valueInfo[index].name) }
        for index in node.indices {
            node[index].input = node[index].input.map(renamed)
            node[index].output = node[index].output.map(renamed)
            for number in node[index].attribute.indices {
                if node[index].attribute[number].hasG { node[index].attribute[number].g.renameTensors(name) }
                for graph in node[index].attribute[number].graphs.indices {
                    node[index].attribute[number].graphs[graph].renameTensors(name)
                }
            }
        }
    }
}
