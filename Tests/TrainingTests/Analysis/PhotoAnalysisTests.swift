import Domain
import Testing
import Training
import Workers

struct PhotoAnalysisTests {
    private func analysis(
        _ made: MadePhotos, width: Int = 2
    ) async throws -> PhotoAnalysis {
        try await PhotoAnalysis(
            made.photos, labels: made.labels, pool: WorkerPool(name: "test", width: width))
    }

    private func findings(_ made: MadePhotos, _ kind: PhotoFinding.Kind) async throws -> [PhotoFinding] {
        try await analysis(made).findings.filter { $0.kind == kind }
    }

    // MARK: Label errors

    @Test func findsAPhotoOfAnotherClass() async throws {
        var made = MadePhotos([12, 12, 12])
        made.add(to: 0, looking: 2)
        let found = try await analysis(made)
        #expect(found.ranking.first == 36 && found.ranking.count == 37)
        let finding = try #require(found.findings.first)
        #expect(finding.kind == .labelError && finding.photos == [36] && finding.subjects == [36])
        #expect(finding.action == .relabel(to: 2) && finding.isLikely && finding.score > 0.9)
        #expect(finding.reason.contains("'class 2'") && finding.reason.contains("'class 0'"))
        let opinion = try #require(found.opinions[36])
        #expect(opinion.given < 0.1 && opinion.best[0].label == 2 && opinion.best[0].probability > 0.5)
        // All others are what they are filed as.
        #expect(found.findings.count { $0.kind == .labelError } == 1)
        #expect(found.notes.isEmpty)
    }

    @Test func doesNotDependOnTheNumberOfWorkers() async throws {
        var made = MadePhotos([9, 9, 9])
        made.add(to: 0, looking: 2)
        made.copy(3, to: 1)
        let (first, second) = (try await analysis(made, width: 1), try await analysis(made, width: 4))
        #expect(first.findings == second.findings && first.opinions == second.opinions)
        #expect(first.ranking == second.ranking)
    }

    // More photos than settings are chosen by: all are judged all the same, and by heads that have not seen them.
    @Test func judgesEveryPhotoOfMany() async throws {
        var made = MadePhotos([1100, 1100])
        for _ in 0..<20 { made.add(to: 0, looking: 1) }
        let found = try await analysis(made)
        #expect(found.opinions.allSatisfy { $0 != nil } && found.ranking.count == 2220)
        #expect(Set(found.ranking.prefix(20)) == Set(2200..<2220))
        #expect(found.findings.prefix(20).allSatisfy { $0.action == ($0.isLikely ? .relabel(to: 1) : .look) })
        #expect(found.findings.count { $0.isLikely && $0.photos[0] >= 2200 } >= 10)
    }

    // Three photos beside many are outvoted, which says nothing of their labels.
    @Test(arguments: [[30, 30, 0], [60, 0, 0]])
    func doesNotEmptyASmallClass(_ counts: [Int]) async throws {
        var made = MadePhotos(counts)
        for _ in 0..<3 { made.add(to: 2, looking: 0) }
        let found = try await analysis(made)
        let errors = found.findings.filter { $0.kind == .labelError }
        #expect(errors.contains { $0.photos[0] >= 60 } && errors.allSatisfy { $0.action == .look && !$0.isLikely })
        let note =
            counts[1] > 0
            ? "Half or more of the photos of 1 class look more like others: 'class 2'" : "always giving the commonest"
        #expect(found.notes.contains { $0.contains(note) }, "\(found.notes)")
    }

    // No photo can tell them apart, so no photo is wrong: that is said of the classes.
    @Test func saysThatTwoClassesAreOne() async throws {
        var made = MadePhotos([20, 20])
        for _ in 0..<20 { made.add(to: 2, looking: 1) }
        let found = try await analysis(made)
        #expect(found.notes.contains { $0.contains("'class 1' and 'class 2'") }, "\(found.notes)")
    }

    // MARK: Duplicates

    @Test func findsTheSameFileUnderTwoLabels() async throws {
        var made = MadePhotos([12, 12])
        made.copy(3, to: 1)
        let found = try await findings(made, .duplicate)
        try #require(found.count == 1)
        #expect(found[0].photos == [3, 24] && found[0].isLikely && found[0].score == 1)
        // It is a photo of class 0, and there under that label already.
        #expect(found[0].action == .delete && found[0].subjects == [24])
        #expect(found[0].reason.contains("different labels"))
    }

    @Test func findsTheSameFileTwiceInAClass() async throws {
        var made = MadePhotos([12, 12])
        made.copy(3, to: 0)
        made.copy(3, to: 0)
        let found = try await findings(made, .duplicate)
        try #require(found.map(\.photos) == [[3, 24, 25]])
        #expect(found[0].action == .delete && found[0].subjects == [24, 25])
    }

    // A class that has nothing but a copy cannot be held out, so nobody knows which of the two labels is right.
    @Test func guessesNotBetweenLabelsThatNobodyCanJudge() async throws {
        var made = MadePhotos([12, 12])
        made.copy(3, to: 2)
        let found = try await findings(made, .duplicate)
        try #require(found.map(\.photos) == [[3, 24]])
        #expect(found[0].action == .look && found[0].isLikely && found[0].reason.contains("too few other photos"))
    }

    @Test func findsLookAlikes() async throws {
        var made = MadePhotos([12, 12])
        made.resemble(3, in: 0)
        made.resemble(4, in: 1)
        let found = try await findings(made, .duplicate)
        // The one between classes first.
        try #require(found.map(\.photos) == [[4, 25], [3, 24]])
        #expect(found[0].action == .relabel(to: 0) && found[0].subjects == [25] && found[0].isLikely)
        #expect(found[1].action == .look && !found[1].isLikely)
        #expect(found.allSatisfy { $0.score > 0.95 && $0.score < 1 })
    }

    // Names that keep photos together in a split do not make them copies.
    @Test func looksAtPicturesAndNotAtNames() async throws {
        var made = MadePhotos([12, 12])
        let named = made.photos.enumerated().map { index, photo in
            SplitPlan.Photo(
                path: "class \(photo.classIndex)/leaf\(index / 2)_nohash_\(index).jpg", classIndex: photo.classIndex,
                digest: photo.digest, bottleneck: photo.bottleneck)
        }
        made.resemble(0, in: 0)
        let found = try await PhotoAnalysis(
            named + [made.photos[24]], labels: made.labels,
            pool: WorkerPool(name: "test", width: 2))
        #expect(found.findings.filter { $0.kind == .duplicate }.map(\.photos) == [[0, 24]])
    }

    // To delete copies one by one would leave a random half in each of the two.
    @Test func advisesToMergeClassesThatAreTheSame() async throws {
        var made = MadePhotos([12, 12])
        for position in 0..<12 { made.copy(position, to: 2) }
        made.copy(13, to: 0)
        let found = try await analysis(made)
        let copies = found.findings.filter { $0.kind == .duplicate }
        #expect(copies.count == 13)
        for copy in copies {
            let isOfTwins = copy.photos != [13, 36]
            #expect(copy.action == (isOfTwins ? .look : .delete), "\(copy)")
        }
        #expect(found.notes.contains { $0.contains("12 of the 13") || $0.contains("12 of the 12") }, "\(found.notes)")
        let between = found.findings.filter { $0.kind == .labelError && $0.photos[0] != 36 }
        #expect(between.allSatisfy { $0.action != .relabel(to: 0) && $0.action != .relabel(to: 2) })
    }

    // MARK: Outliers

    @Test func findsAPhotoOfNoClass() async throws {
        var made = MadePhotos([15, 15])
        made.add(to: 1, features: (0..<24).map { $0 == 20 ? 9 : 0 })
        let found = try await findings(made, .outlier)
        try #require(found.first?.photos == [30], "\(found)")
        #expect(found.count { $0.isLikely } == 1, "\(found)")
        #expect(
            found[0].action == .look && found[0].isLikely && found[0].score > 6 && found[0].reason.contains("no class"))
    }

    @Test func findsPicturesWithNothingInThem() async throws {
        var made = MadePhotos([15, 15])
        // Many of them in a class do not make them usual.
        for _ in 0..<12 { made.add(to: 1, features: (0..<24).map { $0 == 20 ? 9 : 0 }, appearance: 0) }
        made.add(to: 0, features: [Float](repeating: 0.5, count: 24))
        // An even gradient looks like its class, and there is something in it.
        made.add(to: 0, appearance: 0)
        let found = try await findings(made, .outlier)
        #expect(found.map(\.photos) == (30..<43).map { [$0] })
        #expect(
            found.allSatisfy { $0.action == .delete && $0.isLikely && $0.reason.contains("nothing in the picture") })
        // What is wrong with them is not their label.
        #expect(try await analysis(made).ranking.sorted() == Array(0..<30) + [43])
    }
}
