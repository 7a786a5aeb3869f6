import Domain
import Inference
import Jobs
import Training

/// Extraction as a person watches it: a progress line, and every photo that cannot be used by its name.
extension LabelledPhotos {
    static func extract(
        _ folder: ImageFolder, _ extractor: BottleneckExtractor, cacheFolder: String
    ) async throws -> LabelledPhotos {
        let line = ProgressLine("Bottlenecks", unit: "photos")
        let photos: LabelledPhotos
        do {
            photos = try await extract(
                folder.photos, labels: folder.labels, extractor,
                progress: { progress in
                    line.update(
                        done: progress.done, total: progress.total, worked: progress.computed, note: note(progress))
                })
        } catch is CancellationError {
            line.interrupt()
            Console.warn(
                "The bottlenecks that were computed are kept in \(cacheFolder); the same command goes on there."
            )
            throw CancellationError()
        }
        if let failure = photos.cacheFailure {
            Console.warn(
                "Note: bottlenecks were not kept from some photo on, because the cache in \(cacheFolder) failed: \(failure). "
                    + "If it is damaged, delete it; it holds nothing that cannot be computed again.")
        }
        for (path, error) in photos.refusals { Console.warn("Not used: \(path.printable): \(error.reason).") }
        return photos
    }

    mutating func extractViewsOnConsole(
        _ extractor: BottleneckExtractor, of indices: [Int], _ distortions: Distortions, count: Int
    ) async throws {
        let line = ProgressLine("Distorted views", unit: "photos")
        try await extractViews(
            extractor, of: indices, distortions, count: count,
            progress: {
                line.update(done: $0.done, total: $0.total, worked: $0.computed, note: Self.note($0))
            })
    }

    private static func note(_ progress: ExtractionProgress) -> String {
        let cached = progress.done - progress.computed - progress.refused
        let parts = [
            cached > 0 ? "\(cached) from the cache" : "", progress.refused > 0 ? "\(progress.refused) unusable" : "",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// Warns of what a person should know.
    /// - Throws: `RegraftError` where there are not two classes.
    func checkOnConsole() throws {
        for label in emptyLabels {
            Console.warn("Note: no photo of '\(label.printable)' could be used: the class is left out.")
        }
        try checkClasses()
        for remark in remarks { Console.warn("Note: \(remark)") }
    }
}
