import Formats
import Foundation
import Inference
import Jobs

/// What a run writes as its model, by how `--output_graph` ends.
enum OutputGraph: Sendable {
    case bundle
    case tensorFlow(TensorFlowGraph)
    /// - Parameter name: the model's, in the file's metadata.
    case onnx(ONNXExport, name: String)

    /// Reads the backbone where its network is to be part of the file; blocks.
    /// - Throws: `RegraftError` (`unexportable_backbone`), before the work and not after it.
    init(_ path: String, _ backbone: Backbone, output: String) throws {
        let file = URL(fileURLWithPath: path)
        if Self.isTensorFlow(path) {
            self = .tensorFlow(try TensorFlowGraph(BackboneNetwork(backbone), output: output))
        } else if file.pathExtension.lowercased() == "onnx" {
            self = .onnx(
                ONNXExport(try BackboneNetwork(backbone)), name: file.deletingPathExtension().lastPathComponent)
        } else {
            self = .bundle
        }
    }

    static func isTensorFlow(_ path: String) -> Bool { path.lowercased().hasSuffix(".pb") }

    /// Of intermediate models. Of one that is still learning there is no evaluation, so it is a head alone, as JSON, and no file
    /// for servers.
    var intermediateExtension: String {
        switch self {
        case .bundle: "json"
        case .tensorFlow: "pb"
        case .onnx: "onnx"
        }
    }

    /// For people.
    var title: String {
        switch self {
        case .bundle: "a Regraft bundle, which `regraft label-image` and servers read"
        case .tensorFlow: "a frozen TensorFlow graph, which `label_image.py` reads"
        case .onnx: "an ONNX file with the whole network"
        }
    }

    /// With how good it is, where the format has a place for that.
    func data(_ model: ModelBundle) throws -> Data {
        if case .bundle = self { return try model.encoded() }
        return try data(model.head)
    }

    func data(_ bundle: HeadBundle) throws -> Data {
        switch self {
        case .bundle: try bundle.encoded()
        case .tensorFlow(let graph): try graph.data(bundle.head)
        case .onnx(let export, let name): try export.data(bundle.head, fit: bundle.fit, model: name)
        }
    }
}
