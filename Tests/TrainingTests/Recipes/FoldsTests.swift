import Testing
import Training

struct FoldsTests {
    @Test func areStratified() {
        let classes = (0..<103).map { $0 % 4 }
        let (folds, count) = Folds.assign(classes: classes, groups: Array(classes.indices), wanted: 5, seed: 1)
        #expect(count == 5)
        for fold in 0..<5 {
            for index in 0..<4 {
                let members = classes.indices.filter { folds[$0] == fold && classes[$0] == index }
                #expect((5...6).contains(members.count))
            }
        }
    }

    @Test func keepLookAlikesTogether() {
        let classes = (0..<40).map { $0 % 2 }
        let groups = (0..<40).map { $0 / 4 }
        let folds = Folds.assign(classes: classes, groups: groups, wanted: 5, seed: 1).folds
        for group in 0..<10 { #expect(Set((0..<40).filter { groups[$0] == group }.map { folds[$0] }).count == 1) }
    }

    /// No more folds than the smallest class has photos, and never fewer than two.
    @Test(arguments: [([0, 0, 0, 1, 1, 1], 3), ([0, 0, 0, 1], 2), ([0, 1], 2)])
    func count(_ classes: [Int], _ expected: Int) {
        #expect(Folds.assign(classes: classes, groups: Array(classes.indices), wanted: 5, seed: 1).count == expected)
    }

    @Test func followTheSeed() {
        let classes = (0..<50).map { $0 % 2 }
        func folds(_ seed: UInt64) -> [Int] {
            Folds.assign(classes: classes, groups: Array(classes.indices), wanted: 5, seed: seed).folds
        }
        #expect(folds(1) == folds(1))
        #expect(folds(1) != folds(2))
    }
}
