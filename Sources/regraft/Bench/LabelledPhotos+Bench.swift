import ArgumentParser
import Foundation
import Images
import Inference
import Jobs
import Storage
import Workers

extension LabelledPhotos {
    /// The photos of a folder as bottlenecks, from the cache where they are there.
    static func extract(_ folder: String, _ backbone: BackboneOptions, _ pool: WorkerPool) async throws
        -> LabelledPhotos
    {
        let collection = try await extractUnchecked(folder, backbone, pool).photos
        try collection.checkOnConsole()
        return collection
    }

    /// The same, be it of one class only.
    static func extractUnchecked(
        _ folder: String, _ backbone: BackboneOptions, _ pool: WorkerPool
    ) async throws -> (photos: LabelledPhotos, folder: ImageFolder) {
        guard let fit = backbone.fit.mode else {
            throw ValidationError("--fit auto compares two ways; name crop, squash or pad.")
        }
        let (folder, network, engine, cache) = try await pool.run { _ in
            let folder = try ImageFolder(folder, limit: ImageLimits().maximumBytes)
            let network = try Installation.catalogue(modelFolder: backbone.modelDir).backbone(backbone.architecture)
            let cache = try SQLiteBottleneckCache.open(in: URL(fileURLWithPath: backbone.bottleneckDir)).cache
            return (folder, network, try OpenVINOEngine(network), cache)
        }
        let extractor = BottleneckExtractor(
            engine: engine, preprocessing: network.descriptor.preprocessing(fit), cache: cache, pool: pool)
        return (try await extract(folder, extractor, cacheFolder: backbone.bottleneckDir), folder)
    }
}
