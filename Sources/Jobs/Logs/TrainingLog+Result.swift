import Domain
import Formats
public import Foundation
public import Images
public import Training

/// What is said of a training when it is over and its model is where it belongs.
extension TrainingLog {
    /// Test photos that the projector shows: more cannot be told apart there, and their thumbnails take a second.
    static let projectedPhotos = 500
    /// Pixels of a thumbnail's side.
    static let thumbnailSide = 64

    /// - Parameters:
    ///   - tested: the bottlenecks of the photos that `source` says were tested.
    ///   - limits: of what a photo may cost.
    ///   - graph: makes a GraphDef of the model, which is best without weights.
    ///   - poll: called between two photos; what it throws ends the log without a word.
    ///   - file: reads a test photo, by its position in `tested`.
    public func finish(
        _ source: EvaluationSource, tested: Examples, limits: ImageLimits = ImageLimits(),
        graph: () throws -> Data? = { nil }, poll: () throws -> Void = {}, file: (Int) throws -> Data
    ) {
        finishBriefly(source)
        addPictures(source, tested: tested, limits: limits, graph: graph, poll: poll, file: file)
    }

    /// The numbers that it has come to, which take no time.
    func finishBriefly(_ source: EvaluationSource) {
        add { source.lastNumbers }
    }

    /// The rest, which takes time.
    func addPictures(
        _ source: EvaluationSource, tested: Examples, limits: ImageLimits, graph: () throws -> Data?,
        poll: () throws -> Void, file: (Int) throws -> Data
    ) {
        if tested.count > 0 {
            add { try source.confusionPicture }
            attach { try writeProjector(source, tested, limits, poll, file) }
        }
        add(graph: graph)
    }

    private func writeProjector(
        _ source: EvaluationSource, _ tested: Examples, _ limits: ImageLimits, _ poll: () throws -> Void,
        _ file: (Int) throws -> Data
    ) throws {
        let stride = (tested.count + Self.projectedPhotos - 1) / Self.projectedPhotos
        let photos = Array(Swift.stride(from: 0, to: tested.count, by: max(1, stride)))
        let sheet = SpriteSheet(count: photos.count, side: Self.thumbnailSide, limits: limits)
        for (place, photo) in photos.enumerated() {
            try poll()
            // One that is gone has a white place.
            guard let data = try? file(photo) else { continue }
            try? data.withUnsafeBytes { try sheet.draw($0, at: place) }
        }
        try source.projector(
            photos, tested, ProjectorFiles.Sprite(png: Data(try sheet.png()), side: sheet.side)
        ).write(to: trainFolder)
    }
}

extension EvaluationSource {
    /// What the HPARAMS tab compares trainings by, and that this one has come to its end.
    fileprivate var lastNumbers: EventSummary {
        var summary = EventSummary.sessionEnd(.succeeded)
        if test.metrics.count > 0 {
            summary.add("final/test_accuracy", test.metrics.accuracy)
            summary.add("final/test_cross_entropy", test.metrics.crossEntropy)
        }
        if let validation = fitted.validation { summary.add("final/validation_accuracy", validation.accuracy) }
        return summary
    }

    fileprivate var confusionPicture: EventSummary {
        get throws {
            var summary = EventSummary()
            let labels = test.confusion.labels
            guard labels.count <= MatrixPicture.limit else { return summary }
            let picture = try MatrixPicture(
                size: labels.count, cells: test.confusion.cells.map { ($0.truth, $0.predicted, $0.count) })
            summary.add(
                "final/confusion", png: Data(picture.png), width: picture.side, height: picture.side,
                description: "The test photos: a row a label, from the top, and a column an answer, from the left. The "
                    + "lighter a cell, the larger its share of the row.\n\n"
                    + labels.enumerated().map { "\($0.offset + 1). \($0.element.markdown)" }.joined(separator: "\n"))
            return summary
        }
    }

    fileprivate func projector(
        _ photos: [Int], _ examples: Examples, _ sprite: ProjectorFiles.Sprite
    ) -> ProjectorFiles {
        let labels = fitted.head.labels
        let features = examples.features.selecting(photos)
        let points = photos.map { photo in
            ProjectorFiles.Point(
                label: labels[test.answers.classes[photo]], prediction: labels[test.answers.predicted[photo]],
                name: tested[photo].path)
        }
        return ProjectorFiles(
            "bottlenecks of test photos", vectors: features.values, columns: features.columns, points: points,
            sprite: sprite)
    }
}

extension String {
    /// As Markdown that shows it as it is.
    fileprivate var markdown: String {
        String(printable.flatMap { $0.isASCII && ($0.isPunctuation || $0.isSymbol) ? ["\\", $0] : [$0] })
    }
}
