import Domain
import Foundation
import Inference
import Storage

extension LabelledPhotos {
    /// A dataset's photos as what can be extracted, in their order, which has to be by label.
    static func candidates(
        _ images: [DatasetImage], _ blobs: any BlobStore
    ) -> (labels: [String], candidates: [Candidate]) {
        var labels: [String] = []
        var last: Label?
        let candidates = images.map { image in
            if image.label != last {
                labels.append(image.label.text)
                last = image.label
            }
            return Candidate(
                path: image.path, classIndex: labels.count - 1,
                source: PhotoSource(name: image.path, digest: image.digest) { () throws(ImageError) in
                    try read(image.digest, blobs)
                })
        }
        return (labels, candidates)
    }

    static func read(_ digest: PhotoDigest, _ blobs: any BlobStore) throws(ImageError) -> Data {
        do {
            if let data = try blobs.read(digest) { return data }
        } catch {
            throw ImageError(.unreadable, "it cannot be read from the disk: \(error)")
        }
        throw ImageError(.unreadable, "it is no longer on the disk")
    }
}
