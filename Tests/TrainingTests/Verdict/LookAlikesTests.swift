import Domain
import Testing
import Training

/// What is said of made photos that went through a real split.
struct PlannedLookAlikesTests {
    private func found(_ photos: [SplitPlan.Photo]) -> LookAlikes {
        LookAlikes(photos, SplitPlan(photos, validationPercentage: 10, testingPercentage: 10, poll: {}), poll: {})
    }

    // The next frame: to the backbone nearly the same, and its appearance differs in more bits than a copy's does.
    @Test func findsTestPhotosThatAreNearlyTheSame() {
        var made = MadePhotos([60, 60])
        #expect(found(made.photos).leaks.count == 0 && found(made.photos).leaks.looked > 4)
        for position in 0..<60 {
            let bottleneck = made.photos[position].bottleneck
            made.add(to: 0, features: bottleneck.features.map { $0 + 0.001 }, appearance: ~bottleneck.appearance)
        }
        let leaks = found(made.photos).leaks
        #expect(leaks.count > 0 && leaks.examples[0].count == 2)
    }

    // What names keep together is no copy.
    @Test func namesMakeNoLookAlikes() {
        let made = MadePhotos([30, 30])
        let named = made.photos.enumerated().map { index, photo in
            SplitPlan.Photo(
                path: "leaf\(index / 2)_nohash_\(index).jpg", classIndex: photo.classIndex, digest: photo.digest,
                bottleneck: photo.bottleneck)
        }
        let plan = SplitPlan(named, validationPercentage: 10, testingPercentage: 10, poll: {})
        #expect(plan.namesakes == 60 && Set(plan.groups).count == 30 && Set(plan.looks).count == 60)
        #expect(found(named).alike == 0)
    }

    @Test func tellsFilesFromLookAlikes() {
        var made = MadePhotos([20, 20])
        made.resemble(3, in: 1)
        #expect(found(made.photos).acrossLabels == 1 && found(made.photos).filesAcrossLabels == 0)
        made.copy(5, to: 1)
        #expect(found(made.photos).acrossLabels == 2 && found(made.photos).filesAcrossLabels == 1)
    }
}
