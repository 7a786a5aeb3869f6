import Domain
import Foundation
import Jobs
import Testing

struct ImprovementTests {
    private func version(
        _ validation: Double?, test: Double? = 0.5, dataset: String = "colours", labels: [String] = ["red"]
    ) throws -> ModelVersion {
        var metrics = JobMetrics()
        (metrics.validationAccuracy, metrics.testAccuracy) = (validation, test)
        let digest = PhotoDigest(bytes: Array(repeating: 0, count: 32))
        return ModelVersion(
            model: name("colours"), number: 4, createdAt: .now, job: nil, dataset: name(dataset), datasetVersion: 1,
            backbone: "stub", backboneHash: "", fit: .crop, recipe: .auto, labels: labels.map(Label.init(trusted:)),
            head: digest,
            evaluation: digest, metrics: metrics, golden: [])
    }

    /// Of so many photos, some that only the old one is right about and some that only the new one is.
    private func comparison(_ count: Int, onlyOld: Int, onlyNew: Int) -> VersionComparison {
        let photos = (0..<count).map { index in
            VersionComparison.Photo(
                image: Int64(index), dataset: "colours", label: "red",
                first: index >= onlyOld && index < onlyOld + onlyNew ? "blue" : "red",
                second: index < onlyOld ? "blue" : "red")
        }
        return VersionComparison(
            photos, first: (name("colours"), 4), second: (name("colours"), nil), testedByBoth: count, leftOut: 0,
            unusable: 0)
    }

    // Without a photo to compare on the validation accuracy decides, and never the test accuracy, which says the contrary in
    // each of these. It says nothing where the labels are others.
    @Test(
        arguments: [
            (0.9, 0.8, "colours", ["red"], "promoted"), (0.8, 0.8, "colours", ["red"], "promoted"),
            (0.7, 0.8, "colours", ["red"], "not_promoted"), (0.7, 0.8, "colours", ["blue", "red"], "not_comparable"),
            (0.7, 0.8, "other", ["red"], "not_comparable"), (nil, 0.8, "colours", ["red"], "not_comparable"),
            (0.7, nil, "colours", ["red"], "not_comparable"),
        ] as [(Double?, Double?, String, [String], String)])
    func isOfTheValidationAccuracy(
        _ new: Double?, _ old: Double?, _ dataset: String, _ labels: [String], _ code: String
    ) throws {
        let isLower = code == "not_promoted"
        let draft = try version(new, test: isLower ? 1 : 0.1, labels: labels)
        let old = try version(old, dataset: dataset)
        for comparison in [nil, comparison(0, onlyOld: 0, onlyNew: 0)] {
            let decision = Improvement.decision(of: draft, over: old, comparison)
            #expect(decision.promoted == !isLower && decision.code == code)
            #expect(decision.reason.contains("version 4") && decision.previousVersion == 4)
            #expect(
                decision.reason.contains("no test photo that both") == (comparison != nil && dataset == "colours"))
            if isLower {
                #expect(decision.reason.contains("70.0 %, is lower than that of version 4, 80.0 %"))
                #expect(decision.basis == .validationAccuracy && decision.accuracy == 0.7)
            }
        }
    }

    // What nobody has measured does not take the place of what somebody has.
    @Test(arguments: [(0.8, false), (nil, true)] as [(Double?, Bool)])
    func isNotOfNoNumbers(_ old: Double?, _ isPromoted: Bool) throws {
        let decision = Improvement.decision(
            of: try version(nil, test: nil), over: try version(old, test: nil), nil)
        #expect(decision.promoted == isPromoted && decision.basis == .notComparable)
        #expect(decision.code == (isPromoted ? "not_comparable" : "not_promoted"))
    }

    // The same photos decide, however few, whatever the validation accuracy or chance say; as good is good enough.
    @Test(
        arguments: [
            (30, 6, 0, false), (30, 1, 0, false), (1, 0, 0, true), (2, 0, 1, true), (2, 1, 0, false), (29, 0, 20, true),
            (30, 0, 6, true), (100, 20, 12, false), (100, 12, 20, true),
            (100, 0, 0, true),
        ])
    func isOfTheSamePhotos(_ count: Int, _ onlyOld: Int, _ onlyNew: Int, _ isPromoted: Bool) throws {
        let decision = Improvement.decision(
            of: try version(isPromoted ? 0.1 : 1), over: try version(0.5),
            comparison(count, onlyOld: onlyOld, onlyNew: onlyNew))
        #expect(decision.promoted == isPromoted && decision.basis == .testPhotos && decision.images == count)
        #expect(decision.code == (isPromoted ? "promoted" : "not_promoted"))
        #expect(decision.reason.contains("\(onlyOld) got worse and \(onlyNew) better"))
        #expect(decision.accuracyBefore == Double(count - onlyNew) / Double(count))
        #expect(decision.accuracy == Double(count - onlyOld) / Double(count))
    }
}
