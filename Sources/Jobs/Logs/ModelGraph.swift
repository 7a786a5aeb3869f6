import Domain
public import Formats
public import Foundation
public import Inference

/// The network of a retrained model as TensorBoard draws it.
public enum ModelGraph {
    /// Reads the backbone, and blocks.
    /// - Returns: a serialized GraphDef, backbone included, with placeholders instead of weights; nil where the backbone's network is
    ///   none that can be translated.
    public static func data(_ bundle: HeadBundle, _ backbone: Backbone) throws -> Data? {
        do {
            return try TensorFlowGraph(BackboneNetwork(backbone)).weightless(bundle.head)
        } catch let error as RegraftError where error.code == "unexportable_backbone" {
            return nil
        }
    }
}
