import Domain
import Jobs
public import Serving
public import Storage
public import Workers

extension NeighborStore.Source {
    /// Training photos as a catalog knows them, used as the version's own evaluation says.
    /// - Parameter pool: reads evaluations.
    public static func catalog(
        _ catalog: any Catalog, _ blobs: any BlobStore, pool: WorkerPool = WorkerPool(name: "splits", width: 1)
    ) -> NeighborStore.Source {
        NeighborStore.Source { version in
            // One that was made later under the same name holds other photos.
            guard let name = version.dataset, let dataset = try await catalog.dataset(name),
                dataset.wasThere(at: version.createdAt)
            else { return nil }
            return dataset.current?.number
        } photos: { version in
            guard let dataset = version.dataset, let number = version.datasetVersion else { return nil }
            // Nobody can tell without the evaluation, nor from one of before this was kept.
            let splits = try await pool.run { _ in
                try blobs.read(version.evaluation).map(EvaluationDocument.Splits.init)
            }
            guard let splits, let tested = splits.testImageIds else { return nil }
            // Photos with another label were of none of the classes.
            let labels = Set(version.labels)
            return try await catalog.trainingImages(of: dataset, version: number)
                .filter { labels.contains($0.label) && !tested.contains($0.id) }
                .map { image in
                    let isValidation = splits.validationImageIds?.contains(image.id)
                    return image.used(for: isValidation.map { $0 ? Split.validation : .train })
                }
        } held: { version, number in
            guard let dataset = version.dataset else { return [] }
            return Set(try await catalog.trainingImages(of: dataset, version: number).map(\.id))
        }
    }
}
