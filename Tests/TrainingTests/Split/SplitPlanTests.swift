import Domain
import Foundation
import Testing
import Training

struct SplitPlanTests {
    /// Published vectors of the tutorial's formula.
    @Test(arguments: [
        ("a/b.jpg", 43.93191146799856), ("a/leaf1_nohash_1.jpg", 92.32437157872596),
        ("a/leaf1_nohash_2.jpg", 92.32437157872596),
    ])
    func percentage(_ path: String, _ expected: Double) {
        #expect(SplitPlan.percentage(path) == expected)
    }

    /// Photos that look nothing like each other.
    private func photos(_ counts: [Int], name: (Int, Int) -> String = { "c\($0)/\($1).jpg" }) -> [SplitPlan.Photo] {
        var random = SeededRandom(seed: 9)
        return counts.enumerated().flatMap { index, count in
            (0..<count).map { number in
                SplitPlan.Photo(
                    path: name(index, number), classIndex: index,
                    digest: PhotoDigest(bytes: (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }),
                    bottleneck: Bottleneck(
                        features: (0..<16).map { _ in Float(random.uniform(in: -1...1)) }, appearance: random.next()))
            }
        }
    }

    private func plan(_ photos: [SplitPlan.Photo]) -> SplitPlan {
        SplitPlan(photos, validationPercentage: 10, testingPercentage: 10, poll: {})
    }

    @Test func followsThePercentages() {
        let plan = plan(photos([2000, 2000]))
        #expect((350...450).contains(plan.indices(of: .validation).count))
        #expect((350...450).contains(plan.indices(of: .test).count))
    }

    /// Also where photos come in tens that look alike.
    @Test func groupsFollowThePercentages() {
        var photos = photos([5000])
        for index in photos.indices {
            photos[index] = SplitPlan.Photo(
                path: photos[index].path, classIndex: 0, digest: photos[index].digest,
                bottleneck: photos[index / 10 * 10].bottleneck)
        }
        let plan = plan(photos)
        #expect(Set(plan.groups).count == 500)
        #expect((350...650).contains(plan.indices(of: .validation).count))
        #expect((350...650).contains(plan.indices(of: .test).count))
    }

    /// Whatever the names hash to.
    @Test(arguments: 0..<50)
    func everyClassHasEverySplit(_ round: Int) {
        let photos = photos([1, 2, 3, 4, 8, 20], name: { "c\($0)/\(round) \($1).jpg" })
        let plan = plan(photos)
        for index in 0..<6 {
            let members = photos.indices.filter { photos[$0].classIndex == index }
            let splits = Set(members.map { plan.splits[$0] })
            #expect(splits.contains(.train))
            if members.count >= 3 { #expect(splits == Set(Split.allCases)) }
        }
    }

    @Test func keepsPhotosInPlaceWhenOthersCome() {
        let (few, many) = (photos([200, 200]), photos([400, 300]))
        let (before, after) = (plan(few), plan(many))
        let places = Dictionary(uniqueKeysWithValues: many.indices.map { (many[$0].path, after.splits[$0]) })
        for index in few.indices { #expect(places[few[index].path] == before.splits[index]) }
    }

    @Test func keepsNamesakesTogether() {
        let plan = plan(photos([60, 60], name: { "c\($0)/leaf\($1 / 3)_nohash_\($1).jpg" }))
        for first in stride(from: 0, to: 120, by: 3) {
            #expect(Set(plan.splits[first..<first + 3]).count == 1)
        }
    }

    /// The same bytes under two names and in two classes; and copies that differ by a few bits of appearance.
    @Test func keepsLookAlikesTogether() {
        var photos = photos([100, 100])
        for index in 0..<100 {
            let (original, copy) = (photos[index], photos[index + 100])
            let isExact = index % 2 == 0
            let features = original.bottleneck.features.map { $0 * 1.01 }
            photos[index + 100] = SplitPlan.Photo(
                path: copy.path, classIndex: 1, digest: isExact ? original.digest : copy.digest,
                bottleneck: isExact
                    ? original.bottleneck
                    : Bottleneck(
                        features: features, appearance: original.bottleneck.appearance ^ (0b1011 << (index % 60)))
            )
        }
        let plan = plan(photos)
        for index in 0..<100 {
            #expect(plan.splits[index] == plan.splits[index + 100])
            #expect(plan.groups[index] == plan.groups[index + 100])
        }
        #expect(Set(plan.groups).count == 100)
    }

    /// The same grey cells, but another picture to the backbone: not a look-alike.
    @Test func appearanceAloneIsNotEnough() {
        var photos = photos([2])
        photos[1] = SplitPlan.Photo(
            path: photos[1].path, classIndex: 0, digest: photos[1].digest,
            bottleneck: Bottleneck(
                features: photos[0].bottleneck.features.map { -$0 }, appearance: photos[0].bottleneck.appearance))
        #expect(Set(plan(photos).groups).count == 2)
    }

    /// Scans of characters: different ones, but each looks by chance like some others, which look like others still.
    @Test func chainsOfChanceAreNoCopies() {
        var random = SeededRandom(seed: 1)
        let photos = (0..<300).map { number in
            // Two of them have a cosine of 0.96, and one pair in nine differs in so few of its 64 bits.
            let own = (0..<64).map { _ in Float(random.uniform(in: -1...1) * 0.2 / (64 / 3.0).squareRoot()) }
            let flips = (0..<4).reduce(0 as UInt64) { bits, _ in bits ^ (1 << UInt64(random.index(below: 38))) }
            return photo(number, features: [1] + own, appearance: 0x5555_5555_5555_5555 ^ flips)
        }
        #expect(Set(plan(photos).groups).count > 280)
    }

    /// A film whose pictures change little by little: its first and its last look nothing like each other, and still it is one.
    @Test func filmsStayTogether() {
        let photos = (0..<100).map { number in
            let angle = Float(number) * 0.1
            return photo(
                number, features: [cos(angle), sin(angle)], appearance: UInt64.max >> UInt64(number / 2 % 64))
        }
        #expect(Set(plan(photos).groups).count == 1)
    }

    private func photo(_ number: Int, features: [Float], appearance: UInt64) -> SplitPlan.Photo {
        SplitPlan.Photo(
            path: "a/\(number).jpg", classIndex: 0,
            digest: PhotoDigest(bytes: (0..<32).map { UInt8(truncatingIfNeeded: number >> $0) }),
            bottleneck: Bottleneck(features: features, appearance: appearance))
    }

    /// Photos whose appearances differ in three bits, and whose bottlenecks have a cosine of 0.8: copies in another size if
    /// the pictures are full of edges; two things on a white table if they are not.
    @Test(arguments: [(UInt64(0x0F5A_37C4_91E6_2BD8), 1), (0x0000_0018_3C18_0000, 2)])
    func flatPicturesMustAgreeMore(_ appearance: UInt64, _ groups: Int) {
        var photos = photos([2])
        let features: [[Float]] = [[1, 0], [0.8, 0.6]]
        for index in 0..<2 {
            photos[index] = SplitPlan.Photo(
                path: photos[index].path, classIndex: 0, digest: photos[index].digest,
                bottleneck: Bottleneck(features: features[index], appearance: appearance ^ (index == 0 ? 0 : 0b111)))
        }
        #expect(Set(plan(photos).groups).count == groups)
    }

    /// The same background behind two things, in two classes: these are not copies of one another.
    @Test(arguments: [(Float(0.8), 2), (0.97, 1)])
    func classesMustAgreeMore(_ cosine: Float, _ groups: Int) {
        var photos = photos([1, 1])
        let features: [[Float]] = [[1, 0], [cosine, (1 - cosine * cosine).squareRoot()]]
        for index in 0..<2 {
            photos[index] = SplitPlan.Photo(
                path: photos[index].path, classIndex: index, digest: photos[index].digest,
                bottleneck: Bottleneck(features: features[index], appearance: 0x0F5A_37C4_91E6_2BD8))
        }
        #expect(Set(plan(photos).groups).count == groups)
    }

    /// `_nohash_` in the name of a class is no reason to keep the class together; two Unicode spellings are two names.
    @Test func namesakesAreFilesWithTheSameBytes() {
        #expect(Set(plan(photos([20], name: { "a_nohash_b/\($0) \($1).jpg" })).groups).count == 20)
        let spellings = ["caf\u{E9}", "cafe\u{301}"]
        #expect(Set(plan(photos([2], name: { "a/\(spellings[$1])_nohash_\($0).jpg" })).groups).count == 2)
    }

    /// One photo is in both classes: moving it into the split that one of them lacks must not take the other one's last.
    @Test(arguments: 0..<30)
    func sharedPhotosStarveNoClass(_ round: Int) {
        var photos = photos([4, 4], name: { "c\($0)/\(round) \($1).jpg" })
        photos[4] = SplitPlan.Photo(
            path: photos[4].path, classIndex: 1, digest: photos[0].digest, bottleneck: photos[0].bottleneck)
        let plan = plan(photos)
        for members in [0..<4, 4..<8] { #expect(Set(plan.splits[members]) == Set(Split.allCases)) }
    }

    @Test func zeroPercentIsNone() {
        let plan = SplitPlan(photos([50, 50]), validationPercentage: 0, testingPercentage: 0, poll: {})
        #expect(plan.indices(of: .train).count == 100)
    }
}
