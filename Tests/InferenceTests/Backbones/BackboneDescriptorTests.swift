import Domain
import Foundation
import Inference
import TestSupport
import Testing

struct BackboneDescriptorTests {
    private static var valid: [String: Any] {
        [
            "id": "mine", "title": "Mine", "file": "mine.onnx", "sha256": String(repeating: "AB", count: 32),
            "license": "MIT", "source": "here", "feature_count": 512, "labels": "names.txt", "published_top1": 0.5,
            "input": [
                "tensor": "in", "width": 224, "height": 192, "layout": "NHWC", "channels": "BGR", "mean": [1.5, 2, 3],
                "std": [4, 5, 6.5], "crop_fraction": 0.875,
            ] as [String: Any],
            "outputs": ["features": "f", "feature_map": "m", "logits": "l"],
        ]
    }

    private func read(_ object: Any) throws -> BackboneDescriptor {
        try BackboneDescriptor.read(JSONSerialization.data(withJSONObject: object), named: "mine.json")
    }

    /// The valid descriptor with one field changed, or without it. `path` is as errors write it.
    private func changed(_ path: String, _ value: Any?) -> [String: Any] {
        var object = Self.valid
        let keys = path.split(separator: ".").map(String.init)
        if keys.count == 1 {
            object[path] = value
        } else if var inner = object[keys[0]] as? [String: Any] {
            inner[keys[1]] = value
            object[keys[0]] = inner
        }
        return object
    }

    @Test func readsEveryField() throws {
        let found = try read(Self.valid)
        #expect(found.id == "mine" && found.title == "Mine" && found.file == "mine.onnx")
        #expect(found.sha256 == String(repeating: "ab", count: 32))
        #expect(found.license == "MIT" && found.source == "here" && found.labels == "names.txt")
        #expect(found.featureCount == 512 && found.publishedTop1 == 0.5)
        #expect(found.input.tensor == "in" && found.input.width == 224 && found.input.height == 192)
        #expect(found.input.layout == .nhwc && found.input.channels == .bgr && found.input.cropFraction == 0.875)
        #expect(found.input.mean == [1.5, 2, 3] && found.input.std == [4, 5, 6.5])
        #expect(found.outputs.features == "f" && found.outputs.featureMap == "m" && found.outputs.logits == "l")
    }

    // Left out and null are the same.
    @Test(arguments: [true, false])
    func hasDefaults(asNull: Bool) throws {
        var object = Self.valid
        for path in [
            "title", "sha256", "license", "source", "labels", "published_top1", "input.channels", "input.crop_fraction",
            "outputs.feature_map", "outputs.logits",
        ] {
            let keys = path.split(separator: ".").map(String.init)
            let value: Any? = asNull ? NSNull() : nil
            if keys.count == 1 {
                object[path] = value
            } else if var inner = object[keys[0]] as? [String: Any] {
                inner[keys[1]] = value
                object[keys[0]] = inner
            }
        }
        let found = try read(object)
        #expect(found.title == "mine" && found.sha256 == nil && found.labels == nil)
        #expect(found.input.channels == .rgb && found.input.cropFraction == 1)
        #expect(found.outputs.featureMap == nil && found.outputs.logits == nil)
    }

    // Everything that must be there.
    @Test(arguments: [
        "id", "file", "input", "outputs", "feature_count", "input.tensor", "input.width", "input.height",
        "input.layout", "input.mean", "input.std", "outputs.features",
    ])
    func namesTheFieldThatIsMissing(path: String) {
        let error = #expect(throws: RegraftError.self) { try read(changed(path, nil)) }
        #expect(error?.code == "invalid_descriptor")
        #expect(error?.message.contains("'\(path)' is missing") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("mine.json") == true)
    }

    // A misspelt field would otherwise be passed over, and its default used.
    @Test(arguments: ["colour", "input.chanels", "outputs.feature-map"])
    func namesTheFieldThatIsUnknown(path: String) {
        let error = #expect(throws: RegraftError.self) { try read(changed(path, "x")) }
        #expect(error?.message.contains("no field '\(path)'") == true, "\(error?.message ?? "")")
    }

    // Values of the right type that mean nothing, and of the wrong type.
    @Test(
        arguments: [
            ("id", ""), ("id", "../up"), ("id", ".hidden"), ("id", "-flag"), ("id", "a/b"), ("id", "a b"), ("id", "ä"),
            ("id", String(repeating: "x", count: 65)), ("id", 5), ("file", ""), ("sha256", "abc"),
            ("sha256", String(repeating: "g", count: 64)), ("feature_count", 0), ("feature_count", -1),
            ("feature_count", 65_537), ("feature_count", "many"), ("feature_count", 1.5), ("input.width", 224.5),
            ("input.width", 7),
            ("input.width", 4097), ("input.height", 0), ("input.height", "tall"), ("input.layout", "CHWN"),
            ("input.channels", "GBR"), ("input.mean", [1, 2] as [Float]), ("input.mean", [1, 2, 3, 4] as [Float]),
            ("input.mean", "127"), ("input.std", [1, 0, 1] as [Float]), ("input.std", [1, -1, 1] as [Float]),
            ("input.crop_fraction", 0), ("input.crop_fraction", 1.01), ("input.crop_fraction", -0.5), ("input", 3),
            ("outputs", "features"), ("outputs.features", 1), ("published_top1", "good"),
        ] as [(String, any Sendable)])
    func namesTheFieldThatIsWrong(path: String, value: any Sendable) {
        let error = #expect(throws: RegraftError.self) { try read(changed(path, value)) }
        #expect(error?.code == "invalid_descriptor")
        #expect(error?.message.contains("'\(path)") == true, "\(error?.message ?? "")")
    }

    @Test func refusesWhatIsNoJSON() {
        for text in ["", "{", "id: mine", "[]", "null"] {
            let error = #expect(throws: RegraftError.self) {
                try BackboneDescriptor.read(Data(text.utf8), named: "mine.json")
            }
            #expect(error?.code == "invalid_descriptor")
        }
    }

    // The grey around a padded photo is what the network takes for zero.
    @Test func padsWithTheMean() throws {
        #expect(try read(changed("input.mean", [100, 130, 160])).preprocessing(.pad).padding == 130)
        #expect(try read(changed("input.mean", [-50, 0, 0])).preprocessing(.pad).padding == 0)
        let preprocessing = try read(Self.valid).preprocessing(.crop)
        #expect(preprocessing.width == 224 && preprocessing.height == 192 && preprocessing.cropFraction == 0.875)
    }

    // The descriptors that are delivered are valid, and are called what they are.
    @Test func deliveredDescriptorsAreValid() throws {
        let folder = Repository.folder.appendingPathComponent("config/backbones")
        let catalogue = try BackboneCatalogue(descriptorFolders: [folder], fileFolders: [])
        #expect(catalogue.entries.count >= 21)
        for entry in catalogue.entries {
            #expect(entry.descriptorFile.deletingPathExtension().lastPathComponent == entry.descriptor.id)
        }
    }
}
