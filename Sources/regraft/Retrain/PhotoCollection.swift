import Domain
import Inference
import Training

/// The photos of a folder that could be used, as bottlenecks.
struct PhotoCollection: Sendable {
    private(set) var labels: [String]
    private(set) var photos: [SplitPlan.Photo]
    /// Distorted views of some photos, by position in `photos`.
    private(set) var views: [Int: [Bottleneck]] = [:]
    let hasRefusals: Bool
    private var sources: [PhotoSource]

    /// Runs the folder's photos through the backbone, showing progress and naming every photo that cannot be used.
    static func extract(
        _ folder: ImageFolder, _ extractor: BottleneckExtractor, cacheFolder: String
    ) async throws -> PhotoCollection {
        let line = ProgressLine("Bottlenecks", unit: "photos")
        let extraction: Extraction
        do {
            extraction = try await extractor.extract(
                folder.photos.map(\.source),
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
        if let failure = extraction.cacheFailure {
            Console.warn(
                "Note: bottlenecks were not kept from some photo on, because the cache in \(cacheFolder) failed: \(failure). "
                    + "If it is damaged, delete it; it holds nothing that cannot be computed again.")
        }
        return PhotoCollection(folder, extraction)
    }

    private static func note(_ progress: ExtractionProgress) -> String {
        let cached = progress.done - progress.computed - progress.refused
        let parts = [
            cached > 0 ? "\(cached) from the cache" : "", progress.refused > 0 ? "\(progress.refused) unusable" : "",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private init(_ folder: ImageFolder, _ extraction: Extraction) {
        var (photos, sources, refused): ([SplitPlan.Photo], [PhotoSource], Int) = ([], [], 0)
        for (photo, outcome) in zip(folder.photos, extraction.photos) {
            switch outcome {
            case .success(let extracted):
                photos.append(
                    SplitPlan.Photo(
                        path: photo.path, classIndex: photo.classIndex, digest: extracted.digest,
                        bottleneck: extracted.bottlenecks[0]))
                sources.append(photo.source)
            case .failure(let error):
                refused += 1
                Console.warn("Not used: \(Console.printable(photo.path)): \(error.reason).")
            }
        }
        labels = folder.labels
        self.photos = photos
        self.sources = sources
        hasRefusals = refused > 0 || folder.leavesPhotosOut
        dropEmptyClasses()
    }

    private mutating func dropEmptyClasses() {
        let present = Set(photos.map(\.classIndex))
        let kept = labels.indices.filter(present.contains)
        guard kept.count < labels.count else { return }
        for index in labels.indices where !present.contains(index) {
            Console.warn(
                "Note: no photo of '\(Console.printable(labels[index]))' could be used: the class is left out.")
        }
        let renumbered = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
        labels = kept.map { labels[$0] }
        photos = photos.map {
            SplitPlan.Photo(
                path: $0.path, classIndex: renumbered[$0.classIndex] ?? 0, digest: $0.digest, bottleneck: $0.bottleneck)
        }
    }

    /// Names photos that are in two classes: at least one of the two is wrong.
    private func warnAboutContradictions() {
        let copies = Dictionary(grouping: photos.indices) { photos[$0].digest }.values
            .filter { Set($0.map { photos[$0].classIndex }).count > 1 }
            .map { $0.map { Console.printable(photos[$0].path) } }
            .sorted { $0[0] < $1[0] }
        guard !copies.isEmpty else { return }
        let names = copies.prefix(5).map { $0.joined(separator: " = ") }.joined(separator: "; ")
        let rest = copies.count > 5 ? " and \(copies.count - 5) more" : ""
        Console.warn("Note: the same photo is in more than one class, so one label is wrong: \(names)\(rest).")
    }

    /// Warns about small classes, as `retrain.py` does, and about photos in two of them.
    /// - Throws: `RegraftError` where there are not two classes.
    func checkClasses() throws {
        guard labels.count >= 2 else {
            let only = labels.first.map { "only '\(Console.printable($0))'" } ?? "none"
            throw RegraftError(
                "too_few_classes", "A classifier needs at least two classes with usable photos; there is \(only).")
        }
        warnAboutContradictions()
        var counts = [Int](repeating: 0, count: labels.count)
        for photo in photos { counts[photo.classIndex] += 1 }
        let small = labels.indices.filter { counts[$0] < 20 }
        let names = small.prefix(5).map { "'\(Console.printable(labels[$0]))' (\(counts[$0]))" }
        guard !small.isEmpty else { return }
        let rest = small.count > names.count ? " and \(small.count - names.count) more" : ""
        let subject = small.count == 1 ? "1 class has" : "\(small.count) classes have"
        Console.warn(
            "Note: \(subject) fewer than 20 photos, which may be too few: \(names.joined(separator: ", "))\(rest).")
        for index in small where counts[index] < 3 {
            Console.warn(
                "Note: '\(Console.printable(labels[index]))' has \(counts[index]) photo\(counts[index] == 1 ? "" : "s"): "
                    + "too few to train on and to test.")
        }
    }

    /// Runs distorted views of the photos at `indices` through the backbone.
    mutating func extractViews(
        _ extractor: BottleneckExtractor, of indices: [Int], _ distortions: Distortions, count: Int
    ) async throws {
        let wanted = distortions.viewCount(wanted: count)
        guard wanted > 0, !indices.isEmpty else { return }
        let line = ProgressLine("Distorted views", unit: "photos")
        let extraction = try await extractor.extract(
            indices.map { sources[$0] }, views: { photo in (0..<wanted).map { distortions.view($0, of: photo) } },
            progress: { line.update(done: $0.done, total: $0.total, worked: $0.computed, note: Self.note($0)) })
        for (index, outcome) in zip(indices, extraction.photos) {
            // A photo that has vanished since is trained on as it is.
            let bottlenecks = try? outcome.get().bottlenecks
            views[index] = bottlenecks ?? Array(repeating: photos[index].bottleneck, count: wanted)
        }
    }
}
