import Domain
import Foundation
import Images
import Inference
import Jobs
import TestSupport
import Testing
import Training
import Workers

/// Real photos with labels that were made wrong, all seeds of the accuracy that is promised: `regraft bench analysis` prints the same.
struct PlantedErrorsTests {
    private func pets() async throws -> LabelledPhotos? {
        let what = "finding planted label errors"
        guard let data = TestData.folder else {
            printSkipped(what, because: "REGRAFT_TEST_DATA is not set")
            return nil
        }
        let catalogue = try BackboneCatalogue(
            descriptorFolders: [Repository.folder.appendingPathComponent("config/backbones")],
            fileFolders: [Repository.backbones])
        let id = "efficientnet-lite0"
        guard catalogue.entries.contains(where: { $0.descriptor.id == id && $0.networkFile != nil }) else {
            printSkipped(what, because: "the file of \(id) is not in \(Repository.backbones.path)")
            return nil
        }
        let backbone = try catalogue.backbone(id)
        let extractor = BottleneckExtractor(
            engine: try OpenVINOEngine(backbone), preprocessing: backbone.descriptor.preprocessing(.crop), cache: nil,
            pool: WorkerPool(name: "extract", width: 4))
        let (labels, photos) = try Self.photos(in: data.appendingPathComponent("pets"))
        return try await LabelledPhotos.extract(photos, labels: labels, extractor) { _ in }
    }

    private static func photos(in folder: URL) throws -> ([String], [LabelledPhotos.Candidate]) {
        let files = FileManager.default
        let labels = try files.contentsOfDirectory(atPath: folder.path).sorted()
        let photos = try labels.enumerated().flatMap { index, label in
            try files.contentsOfDirectory(atPath: folder.appendingPathComponent(label).path).sorted().map { name in
                let file = folder.appendingPathComponent("\(label)/\(name)")
                return LabelledPhotos.Candidate(
                    path: "\(label)/\(name)", classIndex: index,
                    source: PhotoSource(name: name) { () throws(ImageError) in
                        guard let bytes = try? Data(contentsOf: file) else {
                            throw ImageError(.unreadable, "it cannot be read")
                        }
                        return bytes
                    })
            }
        }
        return (labels, photos)
    }

    @Test func findsFourOfFive() async throws {
        guard let pets = try await pets() else { return }
        try #require(pets.photos.count == 296 && pets.labels.count == 37)
        for seed in 0..<5 as Range<UInt64> {
            let errors = PlantedErrors(in: pets.photos, share: 0.05, classCount: pets.labels.count, seed: seed)
            #expect(errors.planted.count == 15)
            let analysis = try await PhotoAnalysis(
                errors.photos, labels: pets.labels,
                pool: WorkerPool(name: "fit", width: 2))
            #expect(errors.found(in: analysis.ranking, first: 0.1) >= 0.8, "seed \(seed)")
            // For most of them the label that they had is named first.
            // Where half of a class of eight is gone astray, the nearest class is often another one.
            let mended = errors.mended(by: analysis.opinions)
            #expect(mended >= 6, "seed \(seed): \(mended)")
            // No photo of an animal is one of nothing.
            #expect(analysis.findings.allSatisfy { $0.kind != .outlier || $0.action == .look }, "seed \(seed)")
        }
    }
}
