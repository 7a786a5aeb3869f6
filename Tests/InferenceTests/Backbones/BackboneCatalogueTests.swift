import Domain
import Foundation
import Inference
import TestSupport
import Testing

struct BackboneCatalogueTests {
    /// SHA-256 of "abc": FIPS 180-4's example.
    private static let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    private func descriptor(
        id: String = "mine", file: String = "mine.onnx", sha256: String? = nil, features: String = "f",
        labels: String? = nil
    ) -> String {
        """
        {
          "id": "\(id)", "file": "\(file)", "feature_count": 3, "source": "the moon",
          "sha256": \(sha256.map { "\"\($0)\"" } ?? "null"), "labels": \(labels.map { "\"\($0)\"" } ?? "null"),
          "input": { "tensor": "i", "width": 8, "height": 8, "layout": "NCHW", "mean": [0, 0, 0], "std": [1, 1, 1] },
          "outputs": { "features": "\(features)" }
        }
        """
    }

    @Test func hashesTheFile() throws {
        let (folder, files) = (try TemporaryFolder(), try TemporaryFolder())
        try folder.write(descriptor(sha256: Self.abc.uppercased()), to: "mine.json")
        try files.write("abc", to: "mine.onnx")
        let backbone = try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: [files.url]).backbone("mine")
        #expect(backbone.sha256 == Self.abc)
        #expect(backbone.file.path == files.url.appendingPathComponent("mine.onnx").path)
    }

    @Test func refusesAnotherFile() throws {
        let folder = try TemporaryFolder()
        try folder.write(descriptor(sha256: Self.abc), to: "mine.json")
        try folder.write("abd", to: "mine.onnx")
        let catalogue = try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: [])
        let error = #expect(throws: RegraftError.self) { try catalogue.backbone("mine") }
        #expect(error?.code == "backbone_hash_mismatch")
        #expect(error?.message.contains(Self.abc) == true)
    }

    // The message names the file, every place where it was looked for, and where it comes from.
    @Test func saysWhatIsMissing() throws {
        let (folder, files) = (try TemporaryFolder(), try TemporaryFolder())
        try folder.write(descriptor(), to: "mine.json")
        let catalogue = try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: [files.url])
        #expect(catalogue.entries.count == 1 && catalogue.entries[0].networkFile == nil)
        let error = #expect(throws: RegraftError.self) { try catalogue.backbone("mine") }
        #expect(error?.code == "missing_backbone_file")
        for part in ["'mine'", "mine.onnx", folder.url.path, files.url.path, "the moon"] {
            #expect(error?.message.contains(part) == true, "\(part) in \(error?.message ?? "")")
        }
    }

    @Test func namesTheKnownOnes() throws {
        let folder = try TemporaryFolder()
        for id in ["b", "a"] { try folder.write(descriptor(id: id), to: "\(id).json") }
        try folder.write("no descriptor", to: "README.md")
        let catalogue = try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: [])
        let error = #expect(throws: RegraftError.self) { try catalogue.backbone("c") }
        #expect(error?.code == "unknown_backbone")
        #expect(error?.message.contains("a, b") == true)
    }

    // One's own folder comes first, for descriptors and, beside them, for files; folders that are missing are empty.
    @Test func asksEarlierFoldersFirst() throws {
        let (own, delivered) = (try TemporaryFolder(), try TemporaryFolder())
        try own.write(descriptor(features: "own"), to: "mine.json")
        try delivered.write(descriptor(features: "delivered"), to: "mine.json")
        try delivered.write(descriptor(id: "other", file: "other.onnx"), to: "other.json")
        for folder in [own, delivered] { try folder.write("abc", to: "mine.onnx") }
        let none = own.url.appendingPathComponent("none")
        let catalogue = try BackboneCatalogue(
            descriptorFolders: [none, own.url, delivered.url], fileFolders: [delivered.url])
        #expect(catalogue.entries.map(\.descriptor.id) == ["mine", "other"])
        let backbone = try catalogue.backbone("mine")
        #expect(backbone.descriptor.outputs.features == "own")
        #expect(backbone.file.path.hasPrefix(own.url.path))
    }

    @Test func saysWhichDescriptorIsNotValid() throws {
        let folder = try TemporaryFolder()
        try folder.write("{}", to: "broken.json")
        let error = #expect(throws: RegraftError.self) {
            try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: [])
        }
        #expect(error?.code == "invalid_descriptor")
        #expect(error?.message.contains("broken.json") == true)
    }

    @Test func readsLabels() throws {
        let folder = try TemporaryFolder()
        try folder.write(descriptor(labels: "names.txt"), to: "mine.json")
        try folder.write("abc", to: "mine.onnx")
        try folder.write("tench\ngreat white shark\n", to: "names.txt")
        let backbone = try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: []).backbone("mine")
        #expect(backbone.labels == ["tench", "great white shark"])
    }

    // An IR's weights are in its second file, a SavedModel's in several: a change in any is another network.
    @Test func hashesEveryFileOfANetwork() throws {
        let folder = try TemporaryFolder()
        func hash() throws -> String {
            try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: []).backbone("mine").sha256
        }
        try folder.write(descriptor(file: "mine.xml"), to: "mine.json")
        try folder.write("<net/>", to: "mine.xml")
        try folder.write("1", to: "mine.bin")
        var hashes = [try hash()]
        try folder.write("2", to: "mine.bin")
        hashes.append(try hash())
        try folder.write(descriptor(file: "saved"), to: "mine.json")
        try folder.write("graph", to: "saved/saved_model.pb")
        try folder.write("1", to: "saved/variables/variables.data")
        hashes.append(try hash())
        #expect(try hash() == hashes[2])
        try folder.write("2", to: "saved/variables/variables.data")
        hashes.append(try hash())
        #expect(Set(hashes).count == 4)
    }

    // Cached vectors of two networks, or of two ways to use one, must not be mixed up.
    @Test func namesEverythingThatChangesFeatures() throws {
        let folder = try TemporaryFolder()
        func key(_ content: String, _ text: String) throws -> String {
            try folder.write(content, to: "mine.onnx")
            try folder.write(text, to: "mine.json")
            return try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: []).backbone("mine").cacheKey
        }
        let plain = descriptor()
        let keys = try [
            key("abc", plain), key("abd", plain), key("abc", descriptor(features: "g")),
            key("abc", plain.replacing("[0, 0, 0]", with: "[0, 0, 1]")),
            key("abc", plain.replacing("[1, 1, 1]", with: "[1, 1, 2]")),
            key("abc", plain.replacing("NCHW\"", with: "NHWC\"")),
            key("abc", plain.replacing("NCHW\"", with: "NCHW\", \"channels\": \"BGR\"")),
            key("abc", plain.replacing("\"i\"", with: "\"j\"")),
        ]
        #expect(Set(keys).count == keys.count)
        #expect(try key("abc", plain.replacing("the moon", with: "the sun")) == keys[0])
    }
}
