import Domain
public import Serving
public import Storage

extension NeighborStore.Source {
    /// Training photos as a catalog knows them.
    public static func catalog(_ catalog: any Catalog) -> NeighborStore.Source {
        NeighborStore.Source { version in
            // One that was made later under the same name holds other photos.
            guard let dataset = try await catalog.dataset(version.dataset) else { return false }
            return dataset.createdAt <= version.createdAt
        } photos: { version in
            try await catalog.trainingImages(of: version.dataset, version: version.datasetVersion)
        }
    }
}
