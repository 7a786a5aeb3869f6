public import Domain
public import Foundation

/// Vectors for the PROJECTOR tab, which finds `projector_config.pbtxt` in a run's folder and, beside it, what that names.
public struct ProjectorFiles: Sendable {
    public struct Point: Sendable {
        let label: String
        let prediction: String
        let name: String

        public init(label: String, prediction: String, name: String) {
            (self.label, self.prediction, self.name) = (label, prediction, name)
        }
    }

    public struct Sprite: Sendable {
        /// A picture of all thumbnails, row by row in the order of the points, in as many rows as columns.
        let png: Data
        /// Pixels of a thumbnail's side.
        let side: Int

        public init(png: Data, side: Int) { (self.png, self.side) = (png, side) }
    }

    private let name: String
    /// `[points, columns]`, row by row.
    private let vectors: [Float]
    private let columns: Int
    private let points: [Point]
    private let sprite: Sprite?

    /// - Parameters:
    ///   - name: of the vectors, as the tab shows it.
    ///   - vectors: `[points, columns]`, row by row.
    public init(_ name: String, vectors: [Float], columns: Int, points: [Point], sprite: Sprite?) {
        precondition(vectors.count == points.count * columns)
        self.name = name
        self.vectors = vectors
        self.columns = columns
        self.points = points
        self.sprite = sprite
    }

    /// - Throws: `RegraftError` (`log_unwritable`).
    public func write(to folder: URL) throws(RegraftError) {
        do {
            try tensor.write(to: folder.appendingPathComponent(Self.tensorName))
            try Data(metadata.utf8).write(to: folder.appendingPathComponent("metadata.tsv"))
            if let sprite { try sprite.png.write(to: folder.appendingPathComponent("sprite.png")) }
            // The last: whoever finds it finds the others.
            try Data(configuration.utf8).write(
                to: folder.appendingPathComponent("projector_config.pbtxt"), options: .atomic)
        } catch {
            // What Foundation says of the system's errors names paths, or nothing but numbers.
            let cause = (error as? CocoaError)?.underlying ?? error
            throw RegraftError("log_unwritable", "The projector's files cannot be written.", cause: cause)
        }
    }

    private static let tensorName = "bottlenecks.tensor"

    /// The numbers as they are in memory, which is the quickest. TensorBoard tells bytes from text by trying to read them as
    /// text first; so what can be read as text, all zeros for instance, has to be some.
    private var tensor: Data {
        let bytes = vectors.littleEndianBytes
        guard String(validating: bytes.prefix(4096), as: UTF8.self) != nil else { return bytes }
        let lines = points.indices.map { row in
            vectors[row * columns..<(row + 1) * columns].map { "\($0)" }.joined(separator: "\t") + "\n"
        }
        return Data(lines.joined().utf8)
    }

    /// A line a point below the line of the columns' names.
    private var metadata: String {
        (["label\tprediction\tcorrect\tphoto"]
            + points.map { point in
                [point.label, point.prediction, point.label == point.prediction ? "yes" : "no", point.name]
                    .map(Self.cell).joined(separator: "\t")
            }).joined(separator: "\n") + "\n"
    }

    private static func cell(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }

    /// A ProjectorConfig in the text format of Protocol Buffers.
    private var configuration: String {
        let pictures =
            sprite.map { sprite in
                """

                  sprite {
                    image_path: "sprite.png"
                    single_image_dim: \(sprite.side)
                    single_image_dim: \(sprite.side)
                  }
                """
            } ?? ""
        return """
            embeddings {
              tensor_name: "\(name)"
              tensor_shape: \(points.count)
              tensor_shape: \(columns)
              tensor_path: "\(Self.tensorName)"
              metadata_path: "metadata.tsv"\(pictures)
            }

            """
    }
}
