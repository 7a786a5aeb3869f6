import Domain
import Testing
import Training
import Workers

/// Datasets that leave little to judge by: a result all the same, and nothing in it that is no number.
struct OddDatasetsTests {
    private static let flat = [Float](repeating: 1, count: 24)

    private static var cases: [(name: String, made: MadePhotos)] {
        var identical = MadePhotos([])
        for index in 0..<20 { identical.add(to: index % 2, features: (0..<24).map(Float.init), appearance: 77) }
        var black = MadePhotos([])
        for index in 0..<20 { black.add(to: index % 2, features: flat, appearance: 0) }
        var dark = MadePhotos([])
        for index in 0..<20 { dark.add(to: index % 2, features: [Float](repeating: 0, count: 24), appearance: 0) }
        var twins = MadePhotos([10])
        for photo in 0..<10 { twins.copy(photo, to: 1) }
        return [
            ("no photos", MadePhotos([])), ("one photo", MadePhotos([1])), ("one class", MadePhotos([20])),
            ("one photo a class", MadePhotos([1, 1, 1])), ("classes of one and two", MadePhotos([1, 2, 1, 2, 12])),
            ("one against many", MadePhotos([40, 1])),
            ("500 classes of two", MadePhotos([Int](repeating: 2, count: 500))),
            ("two identical classes", twins), ("all photos identical", identical), ("all black", black),
            ("no features at all", dark),
        ]
    }

    @Test(arguments: cases.map(\.name))
    func hasAResult(_ name: String) async throws {
        let made = try #require(Self.cases.first { $0.name == name }?.made)
        let found = try await PhotoAnalysis(
            made.photos, labels: made.labels,
            pool: WorkerPool(name: "test", width: 2))
        #expect(found.opinions.count == made.photos.count)
        #expect(found.findings.allSatisfy { $0.score.isFinite && !$0.photos.isEmpty })
        #expect(found.findings.allSatisfy { Set($0.photos).isSuperset(of: $0.subjects) })
        for opinion in found.opinions {
            guard let opinion else { continue }
            #expect((0...1).contains(opinion.given) && opinion.best.allSatisfy { (0...1).contains($0.probability) })
        }
        if made.photos.count > 0, found.ranking.isEmpty { #expect(!found.notes.isEmpty || name.contains("black")) }
        switch name {
        case "one class": #expect(found.notes == ["There is one class only, so no label can be judged."])
        case "all photos identical":
            #expect(found.findings.map(\.photos) == [Array(0..<20)])
        case "all black", "no features at all": #expect(found.findings.count { $0.kind == .outlier } == 20)
        case "500 classes of two", "one against many":
            #expect(!found.findings.contains { $0.kind == .labelError && ($0.isLikely || $0.action != .look) })
        case "two identical classes": #expect(found.findings.count { $0.kind == .duplicate } == 10)
        default: break
        }
    }
}
