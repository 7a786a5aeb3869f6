import Domain
import Testing
import Training

/// Each finding on made data that shows it and on data next to it that does not.
struct VerdictTests {
    /// Thirty photos a class, of which the test has fifty and three are wrong: nothing to complain of.
    private var good: MadeEvidence {
        MadeEvidence(
            train: MadeEvidence.right(40), validation: MadeEvidence.right(5), test: MadeEvidence.some(60, wrong: 3),
            heldOut: MadeEvidence.some(45, wrong: 2), confidence: 0.95)
    }

    @Test func saysThatAllIsWell() throws {
        let findings = good.findings
        #expect(findings.first?.code == .looksGood && findings.allSatisfy { $0.severity == .info }, "\(findings)")
        #expect(try #require(findings.first).finding.contains("95.0 % of 120 photos"))
        var bad = good
        bad.test = []
        #expect(bad.finding(.looksGood) == nil)
    }

    @Test func knowsNothingWithoutTestPhotos() {
        var made = good
        made.test = []
        #expect(made.findings.first?.code == .noTestPhotos && made.findings.first?.severity == .problem)
        #expect(good.finding(.noTestPhotos) == nil)
    }

    @Test func namesClassesThatAreNotTestedOrNotTrained() {
        var made = good
        made.test = made.test.filter { $0.label == 0 }
        #expect(made.finding(.untestedClasses)?.finding.contains("'class 1'") == true)
        #expect(made.finding(.untrainedClasses) == nil)
        made = good
        (made.train, made.validation) = (made.train.filter { $0.label == 1 }, made.validation.filter { $0.label == 1 })
        #expect(made.finding(.untrainedClasses)?.severity == .problem)
        #expect(made.finding(.untrainedClasses)?.finding.contains("'class 0'") == true)
        // The tutorial's recipe learns of the train photos only.
        made = good
        made.train = made.train.filter { $0.label == 1 }
        #expect(made.finding(.untrainedClasses) == nil)
        made.recipe = .retrain
        #expect(made.finding(.untrainedClasses) != nil)
    }

    // Against the commonest answer and not against half: of 90 and 10, ninety right are nothing.
    // Where it is more, but of too few photos, that is said, and how many would do: by Wilson's interval.
    @Test(
        arguments: [
            (50, 50, 50, Finding.Severity.problem, nil), (50, 50, 44, .warning, 260), (90, 10, 12, .problem, nil),
            (90, 10, 8, .warning, 863), (90, 10, 2, nil, nil), (50, 50, 5, nil, nil),
        ] as [(Int, Int, Int, Finding.Severity?, Double?)])
    func comparesWithChance(
        _ first: Int, _ second: Int, _ wrong: Int, _ severity: Finding.Severity?, _ needed: Double?
    ) throws {
        var made = good
        made.heldOut = []
        made.test =
            (0..<first).map { (0, $0 < wrong / 2 ? 1 : 0) } + (0..<second).map { (1, $0 < wrong - wrong / 2 ? 0 : 1) }
        let found = made.finding(.notBetterThanChance)
        #expect(found?.severity == severity && found?.numbers["needed_images"] == needed)
        guard let found else { return }
        #expect(found.numbers["baseline"] == Double(first) / 100)
        #expect(found.action.contains("Check that each folder") == (severity == .problem))
    }

    // Of photos of one class alone nobody can tell.
    @Test func doesNotJudgeByOneClass() throws {
        var made = good
        (made.heldOut, made.test) = ([], MadeEvidence.right(30, classes: 1))
        let found = try #require(made.finding(.notBetterThanChance))
        #expect(
            found.severity == .warning && found.finding.contains("All 30 photos that could be tried are of 'class 0'"))
    }

    // What knows nothing doubts every label.
    @Test func doesNotDoubtLabelsByChance() {
        var made = good
        (made.heldOut, made.test) = (MadeEvidence.some(20, wrong: 10), [])
        #expect(made.evidence.doubts == nil && made.finding(.labelErrors) == nil)
    }

    @Test func saysWhenNoAnswerIsSure() throws {
        var made = good
        made.abstention = Abstention(targetPrecision: 0.95, confidenceThreshold: 0.9)
        #expect(made.finding(.neverSure) == nil)
        made.abstention?.confidenceThreshold = 1
        let found = try #require(made.finding(.neverSure))
        #expect(found.severity == .warning && found.finding.contains("95.0 %") && found.finding.contains("90 held-out"))
    }

    @Test(arguments: [(2, Finding.Severity.warning), (15, .info), (60, nil)] as [(Int, Finding.Severity?)])
    func saysWhenTheAccuracyIsUncertain(_ count: Int, _ severity: Finding.Severity?) throws {
        var made = good
        made.test = MadeEvidence.some(count, wrong: count / 10)
        let found = made.finding(.uncertainAccuracy)
        #expect(found?.severity == severity)
        guard let found, count == 15 else { return }
        // p = 28/30: 1.96² · 0.0622 / 0.0025 = 95.6.
        #expect(found.numbers["needed_test_images"] == 96 && found.action.contains("96 test photos"))
    }

    // Train photos are all right; of the others so many of 45 a class are wrong.
    @Test(
        arguments: [(2, nil), (4, Finding.Severity.info), (9, .warning), (16, .problem)] as [(Int, Finding.Severity?)])
    func findsOverfitting(_ wrong: Int, _ severity: Finding.Severity?) {
        var made = good
        made.train = MadeEvidence.right(100)
        made.heldOut = MadeEvidence.some(45, wrong: wrong)
        #expect(made.finding(.overfitting)?.severity == severity)
        #expect(made.finding(.underfitting) == nil)
    }

    /// A gap as wide among few photos is chance.
    @Test func doesNotTakeChanceForOverfitting() {
        var made = good
        made.heldOut = MadeEvidence.some(5, wrong: 1)
        #expect(made.finding(.overfitting) != nil)
        made.train = MadeEvidence.right(5)
        #expect(made.finding(.overfitting) == nil)
    }

    @Test(arguments: [(20, Finding.Severity.problem), (8, .warning), (2, nil)] as [(Int, Finding.Severity?)])
    func findsUnderfitting(_ wrong: Int, _ severity: Finding.Severity?) {
        var made = good
        made.train = MadeEvidence.some(45, wrong: wrong)
        made.heldOut = MadeEvidence.some(45, wrong: wrong)
        let found = made.finding(.underfitting)
        #expect(found?.severity == severity)
        #expect(made.finding(.overfitting) == nil)
        made.recipe = .retrain
        #expect(found == nil || made.finding(.underfitting)?.action.contains("'auto'") == true)
    }

    @Test func findsFewPhotos() throws {
        var made = good
        made.train = MadeEvidence.right(40) + [(1, 1)]
        #expect(made.finding(.fewPhotos) == nil)
        (made.classes, made.train, made.validation) = (2, (0..<40).map { _ in (0, 0) } + [(1, 1)], [])
        made.test = (0..<20).map { _ in (0, 0) } + (0..<10).map { (1, $0 < 5 ? 0 : 1) }
        made.heldOut = []
        let found = try #require(made.finding(.fewPhotos))
        #expect(found.severity == .warning && found.finding.contains("'class 1' (11)"))
        #expect(found.numbers["recall"] == 0.5 && found.numbers["recall_of_others"] == 1)
        made.test = [(0, 0), (1, 1)]
        #expect(made.finding(.fewPhotos)?.severity == .problem)
        #expect(made.finding(.fewPhotos)?.numbers["recall"] == nil)
    }

    @Test(arguments: [(80, nil), (100, Finding.Severity.info), (500, .warning)] as [(Int, Finding.Severity?)])
    func findsImbalance(_ large: Int, _ severity: Finding.Severity?) {
        var made = good
        (made.validation, made.test) = ([], [])
        made.train = (0..<large).map { _ in (0, 0) } + (0..<30).map { _ in (1, 1) }
        #expect(made.finding(.imbalance)?.severity == severity)
    }

    /// Two photos whose answer is held with more than their class usually has.
    @Test func findsLabelErrors() throws {
        var made = good
        made.heldOut = MadeEvidence.some(50, wrong: 0)
        #expect(made.finding(.labelErrors) == nil)
        (made.heldOut[7], made.heldOut[60]) = ((0, 1), (1, 0))
        let found = try #require(made.finding(.labelErrors))
        #expect(
            found.severity == .info && found.finding.contains("2 photos of 100") && found.finding.contains("photo 7"))
        #expect(found.finding.contains("rather 'class 1'") && found.numbers["images"] == 2)
        for photo in 0..<6 { made.heldOut[photo] = (0, 1) }
        #expect(made.finding(.labelErrors)?.severity == .warning)
    }

    @Test func findsDuplicates() {
        var made = good
        made.lookAlikes = LookAlikes(photos: 100, alike: 10, pictures: 4)
        let codes: Set<Finding.Code> = [.lookAlikes, .duplicatesAcrossLabels, .duplicatesAcrossSplits]
        #expect(codes.isDisjoint(with: made.findings.map(\.code)))
        made.lookAlikes = LookAlikes(
            photos: 100, alike: 30, pictures: 4, acrossLabels: 2, filesAcrossLabels: 2, examples: [["a/1", "b/2"]],
            leaks: SplitLeaks(looked: 10, count: 1, examples: [["a/3", "a/4"]]))
        #expect(codes.isSubset(of: made.findings.map(\.code)))
        #expect(made.finding(.duplicatesAcrossLabels)?.finding.contains("a/1 = b/2") == true)
        #expect(made.findings.first?.code == .duplicatesAcrossSplits)
        #expect(made.finding(.lookAlikes)?.severity == .info)
        #expect(made.finding(.duplicatesAcrossLabels)?.finding.contains("label of each is wrong") == true)
        // Of photos that look the same nobody knows that.
        made.lookAlikes = LookAlikes(photos: 100, alike: 4, pictures: 2, acrossLabels: 2, examples: [["a/1", "b/2"]])
        #expect(made.finding(.duplicatesAcrossLabels)?.finding.contains("is wrong") == false)
    }

    @Test func findsConfusedClasses() throws {
        var made = good
        (made.classes, made.confidence) = (3, 0.9)
        made.train = MadeEvidence.right(40, classes: 3)
        made.validation = []
        // Two of five photos of the first two are taken for each other; then only one of five.
        made.test = MadeEvidence.right(40, classes: 3)
        made.heldOut = MadeEvidence.right(10, classes: 3)
        #expect(made.finding(.confusedClasses) == nil)
        made.test =
            (0..<40).map { (0, $0 < 20 ? 1 : 0) } + (0..<40).map { (1, $0 < 20 ? 0 : 1) } + (0..<40).map { _ in (2, 2) }
        let found = try #require(made.finding(.confusedClasses))
        #expect(found.finding.contains("'class 0' and 'class 1' (40 of 100 photos)") && found.severity == .problem)
        made.test = (0..<40).map { (0, $0 < 22 ? 1 : 0) } + (0..<40).map { _ in (1, 1) }
        #expect(made.finding(.confusedClasses)?.severity == .warning)
    }

    // Ninety of a hundred right: said with 0.9 that is as it should be.
    @Test(
        arguments: [(0.9, nil), (0.83, Finding.Severity.info), (0.999, .info), (0.7, .warning)]
            as [(Float, Finding.Severity?)])
    func findsMiscalibration(_ confidence: Float, _ severity: Finding.Severity?) throws {
        var made = good
        (made.confidence, made.test) = (confidence, MadeEvidence.some(100, wrong: 10))
        let found = made.finding(.calibrationOff)
        #expect(found?.severity == severity)
        guard let found else { return }
        #expect(found.finding.contains(confidence > 0.9 ? "surer" : "less sure"))
    }

    @Test func ordersByWhatMustBeMendedFirst() {
        var made = good
        made.test = MadeEvidence.some(10, wrong: 5)
        made.heldOut = MadeEvidence.some(10, wrong: 5)
        let severities = made.findings.map(\.severity)
        #expect(severities == severities.sorted() && severities.first == .problem)
        #expect(Finding.Severity.allCases.sorted() == [.problem, .warning, .info])
    }

    // Nothing at all, as where every photo was unusable: what can be said is said, and no number is none.
    @Test func bearsAnything() {
        for made in [
            MadeEvidence(), MadeEvidence(test: [(0, 1)]), MadeEvidence(heldOut: [(1, 0)]),
            MadeEvidence(train: [(0, 0)]),
        ] {
            #expect(!made.findings.isEmpty)
            #expect(made.findings.allSatisfy { $0.numbers.values.allSatisfy(\.isFinite) && !$0.action.isEmpty })
        }
    }
}
