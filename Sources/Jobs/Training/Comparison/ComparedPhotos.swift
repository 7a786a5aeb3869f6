import Domain

/// The photos that two versions are asked about, and how many test photos are left out.
///
/// In one dataset these are the photos of the newer of the two dataset versions, under the labels that they have there, that at
/// least one was tested on and neither was trained on. A photo that was deleted, or that has a label which one of the two does
/// not know, tells nothing of which of them is better: it was taken out on purpose, or could only be wrong. Nor does any photo where
/// they have but one label in common, and nothing to choose between.
struct ComparedPhotos: Sendable {
    /// What a version was made of.
    struct Side: Sendable {
        let dataset: ResourceName
        let datasetVersion: Int
        /// All photos of that version of the dataset.
        let images: [DatasetImage]
        /// Ids of those that it was tested on.
        let testImages: Set<Int64>
        /// That its head knows.
        let labels: Set<String>

        fileprivate var tested: [DatasetImage] { images.filter { testImages.contains($0.id) } }
        fileprivate var trained: Set<PhotoDigest> {
            Set(images.filter { !testImages.contains($0.id) }.map(\.digest))
        }
    }

    let asked: [(image: DatasetImage, dataset: ResourceName)]
    /// Of these, those that both were tested on.
    let testedByBoth: Int
    /// Test photos of either that cannot be asked about.
    let leftOut: Int

    init(_ first: Side, _ second: Side) {
        let (mine, theirs) = (Set(first.tested.map(\.digest)), Set(second.tested.map(\.digest)))
        let seen = first.trained.union(second.trained)
        let all =
            first.dataset == second.dataset
            ? Self.ofOneDataset(first, second, mine.union(theirs)) : Self.ofTwoDatasets(first, second, theirs)
        let common = first.labels.intersection(second.labels)
        asked =
            common.count < 2
            ? []
            : all.photos.filter { !seen.contains($0.image.digest) && common.contains($0.image.label.text) }
        testedByBoth = asked.count { mine.contains($0.image.digest) && theirs.contains($0.image.digest) }
        leftOut = all.photos.count - asked.count + all.gone
    }

    private typealias Candidates = (photos: [(image: DatasetImage, dataset: ResourceName)], gone: Int)

    private static func ofOneDataset(_ first: Side, _ second: Side, _ tested: Set<PhotoDigest>) -> Candidates {
        let newer = second.datasetVersion >= first.datasetVersion ? second : first
        let photos = newer.images.filter { tested.contains($0.digest) }.map { (image: $0, dataset: newer.dataset) }
        return (photos, tested.subtracting(newer.images.map(\.digest)).count)
    }

    /// Of a photo that both hold, the second's label.
    private static func ofTwoDatasets(_ first: Side, _ second: Side, _ theirs: Set<PhotoDigest>) -> Candidates {
        let others = first.tested.filter { !theirs.contains($0.digest) }
        return (
            second.tested.map { (image: $0, dataset: second.dataset) }
                + others.map { (image: $0, dataset: first.dataset) }, 0
        )
    }
}
