import Domain
import Formats
import Foundation
import Inference

/// Formats in which other programs run a model: backbone and head as one network. A format is one that clients can ask for
/// (`?format=`), and that the dashboard offers, once it is named in `formats` and made in `data`.
public enum NetworkExport {
    public static let formats: [String] = []

    /// - Parameters:
    ///   - backbone: the one that the head was fitted on, which has been checked.
    ///   - bundle: the version's head.
    /// - Throws: `RegraftError` (`unknown_format`), and what making the file throws.
    static func data(
        format: String, version: ModelVersion, backbone: Backbone, bundle: HeadBundle
    ) throws -> ExportedFile {
        throw RegraftError("unknown_format", "Models are not exported as '\(format.prefix(40))'.")
    }
}
