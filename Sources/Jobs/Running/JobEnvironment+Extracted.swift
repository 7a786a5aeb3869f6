import Domain
import Images
import Inference
import Storage

/// How much of the backbone's work somebody may wait for.
extension JobEnvironment {
    /// So many photos are extracted while somebody waits: some seconds. For more there are jobs.
    static let extractedAtOnce = 500

    /// - Throws: `RegraftError` (`not_extracted`) where too many of these photos have no bottleneck yet; `CancellationError`.
    func requireExtracted(_ photos: [PhotoDigest], _ engine: any InferenceEngine, _ fit: FitMode) async throws {
        guard photos.count > Self.extractedAtOnce else { return }
        let descriptor = engine.backbone.descriptor
        let (backbone, preprocessing) = (engine.backbone.cacheKey, descriptor.preprocessing(fit).cacheKey)
        let missing = try await extractPool.run { [cache = bottlenecks] cancellation in
            var missing = 0
            for photo in photos {
                try cancellation.check()
                let key = BottleneckKey(
                    photo: photo, backbone: backbone, preprocessing: preprocessing, view: View.whole.name)
                // A cache that fails holds nothing.
                if (try? cache.bottleneck(for: key)) == nil { missing += 1 }
            }
            return missing
        }
        guard missing > Self.extractedAtOnce else { return }
        throw RegraftError(
            "not_extracted",
            "\(missing) of the \(photos.count) photos have not been through the backbone '\(descriptor.id)' (fit "
                + "\(fit.rawValue)) yet, and at most \(Self.extractedAtOnce) are taken there while somebody waits. Train on "
                + "the dataset first, with POST /v1/jobs, or pass the backbone and fit that it was trained with.")
    }
}
