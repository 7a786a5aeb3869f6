import Domain
import Formats
import Foundation
import TestSupport
import Testing

struct ProjectorFilesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.url.appendingPathComponent(name)), as: UTF8.self)
    }

    @Test func nameEachOther() throws {
        let points = [
            ProjectorFiles.Point(label: "red", prediction: "red", name: "red/1.png"),
            ProjectorFiles.Point(label: "a\tb\nc", prediction: "red", name: "ümlaut.png"),
        ]
        let sprite = ProjectorFiles.Sprite(png: Data([1, 2, 3]), side: 32)
        try ProjectorFiles("bottlenecks", vectors: [-1, 2, 3, 4, 5, 6], columns: 3, points: points, sprite: sprite)
            .write(to: folder.url)
        #expect(
            try text("metadata.tsv")
                == "label\tprediction\tcorrect\tphoto\nred\tred\tyes\tred/1.png\na b c\tred\tno\tümlaut.png\n")
        let configuration = try text("projector_config.pbtxt")
        for line in [
            "tensor_name: \"bottlenecks\"", "tensor_shape: 2", "tensor_shape: 3", "tensor_path: \"bottlenecks.tensor\"",
            "metadata_path: \"metadata.tsv\"", "image_path: \"sprite.png\"", "single_image_dim: 32",
        ] { #expect(configuration.contains(line), "\(configuration)") }
        // −1 as IEEE 754 is BF800000; that byte order, and those bytes are no text.
        let tensor = try Data(contentsOf: folder.url.appendingPathComponent("bottlenecks.tensor"))
        #expect(tensor.count == 24 && tensor.prefix(4) == Data([0, 0, 0x80, 0xBF]))
        #expect(
            try folder.contents() == ["bottlenecks.tensor", "metadata.tsv", "projector_config.pbtxt", "sprite.png"])
    }

    // TensorBoard would take these bytes for text, and fail to read numbers from it.
    @Test func areTextWhereBytesWouldBeTakenForIt() throws {
        let point = ProjectorFiles.Point(label: "a", prediction: "b", name: "c")
        try ProjectorFiles("x", vectors: [0, 2, 0, 0.5], columns: 2, points: [point, point], sprite: nil)
            .write(to: folder.url)
        #expect(try text("bottlenecks.tensor") == "0.0\t2.0\n0.0\t0.5\n")
        #expect(try !text("projector_config.pbtxt").contains("sprite"))
    }

    @Test func sayWhyTheyCannotBeWritten() throws {
        try folder.write("a file", to: "train")
        let error = try #require(throws: RegraftError.self) {
            try ProjectorFiles("x", vectors: [], columns: 2, points: [], sprite: nil)
                .write(to: folder.url.appendingPathComponent("train"))
        }
        #expect(error.description.contains("Not a directory") && !error.description.contains(folder.url.path))
    }
}
