import Testing
import Training

struct FoldsTests {
    @Test func areStratified() {
        let classes = (0..<103).map { $0 % 4 }
        let folds = Folds(classes: classes, groups: Array(classes.indices), wanted: 5, seed: 1)
        #expect(folds.count == 5)
        for fold in 0..<5 {
            for index in 0..<4 {
                #expect((5...6).contains(folds.held(in: fold).count { classes[$0] == index }))
            }
            #expect((folds.held(in: fold) + folds.fitted(without: fold)).sorted() == Array(classes.indices))
        }
    }

    @Test func keepLookAlikesTogether() {
        let classes = (0..<40).map { $0 % 2 }
        let groups = (0..<40).map { $0 / 4 }
        let folds = Folds(classes: classes, groups: groups, wanted: 5, seed: 1).foldOf
        for group in 0..<10 { #expect(Set((0..<40).filter { groups[$0] == group }.map { folds[$0] }).count == 1) }
    }

    /// No more folds than half of the classes have photos, and never fewer than two.
    @Test(arguments: [
        ([0, 0, 0, 1, 1, 1], 3), ([0, 0, 0, 1], 3), ([0, 1], 2), ([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2], 5),
        ([], 2),
    ])
    func count(_ classes: [Int], _ expected: Int) {
        #expect(Folds(classes: classes, groups: Array(classes.indices), wanted: 5, seed: 1).count == expected)
    }

    /// A class of two is held out twice, each time with the other one to learn from; a class of one never.
    @Test func smallClassesKeepSomethingToLearnFrom() {
        let classes = Array(repeating: 0, count: 20) + Array(repeating: 1, count: 20) + [2, 2, 3]
        for seed in 0..<20 as Range<UInt64> {
            let folds = Folds(classes: classes, groups: Array(classes.indices), wanted: 5, seed: seed)
            #expect(folds.count == 5)
            #expect(folds.foldOf[40] != folds.foldOf[41] && folds.foldOf[40] != nil && folds.foldOf[41] != nil)
            #expect(folds.foldOf[42] == nil)
            for fold in 0..<5 { #expect(Set(folds.fitted(without: fold).map { classes[$0] }) == [0, 1, 2, 3]) }
        }
    }

    /// All photos of class 1 are copies of photos of class 0: each can be held out as long as another is left.
    @Test(arguments: [(1, nil as Int?), (2, 2)])
    func classesOfCopies(_ copies: Int, _ held: Int?) {
        let classes = Array(repeating: 0, count: 10) + Array(repeating: 1, count: copies)
        let folds = Folds(classes: classes, groups: Array(0..<10) + Array(0..<copies), wanted: 5, seed: 1)
        for fold in 0..<folds.count { #expect(folds.fitted(without: fold).contains { classes[$0] == 1 }) }
        #expect(folds.foldOf[10...].count { $0 != nil } == held ?? 0)
    }

    /// Copies count for the class of the photo that they are of, so that chance alone could put all of a class into one fold.
    @Test(arguments: [2, 3])
    func noClassIsHeldOutWhole(_ copies: Int) {
        let classes = Array(repeating: 0, count: 10) + Array(repeating: 1, count: copies)
        for seed in 0..<60 as Range<UInt64> {
            let folds = Folds(classes: classes, groups: Array(0..<10) + Array(0..<copies), wanted: 5, seed: seed)
            for fold in 0..<folds.count { #expect(folds.fitted(without: fold).contains { classes[$0] == 1 }) }
        }
    }

    @Test func followTheSeed() {
        let classes = (0..<50).map { $0 % 2 }
        func folds(_ seed: UInt64) -> [Int?] {
            Folds(classes: classes, groups: Array(classes.indices), wanted: 5, seed: seed).foldOf
        }
        #expect(folds(1) == folds(1))
        #expect(folds(1) != folds(2))
    }
}
