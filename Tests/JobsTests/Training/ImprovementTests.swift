import Domain
import Foundation
import Jobs
import Testing

struct ImprovementTests {
    private func version(_ validation: Double?, test: Double, dataset: String = "colours") throws -> ModelVersion {
        var metrics = JobMetrics()
        (metrics.validationAccuracy, metrics.testAccuracy) = (validation, test)
        let digest = PhotoDigest(bytes: Array(repeating: 0, count: 32))
        return ModelVersion(
            model: name("colours"), number: 4, createdAt: .now, job: nil, dataset: name(dataset), datasetVersion: 1,
            backbone: "stub", backboneHash: "", fit: .crop, recipe: .auto, labels: [], head: digest,
            evaluation: digest, metrics: metrics, golden: [])
    }

    // The validation accuracy decides, and never the test accuracy, which says the contrary in each of these.
    @Test(
        arguments: [
            (0.9, 0.8, "colours", nil), (0.8, 0.8, "colours", nil), (0.7, 0.8, "colours", "not_promoted"),
            (0.7, 0.8, "other", "not_comparable"), (nil, 0.8, "colours", "not_comparable"),
            (0.7, nil, "colours", "not_comparable"),
        ] as [(Double?, Double?, String, String?)])
    func isOfTheValidationAccuracy(_ new: Double?, _ old: Double?, _ dataset: String, _ warning: String?) throws {
        let isLower = warning == "not_promoted"
        let draft = try version(new, test: isLower ? 1 : 0.1)
        let improvement = Improvement(of: draft, over: try version(old, test: 0.5, dataset: dataset))
        #expect(improvement.isPromoted == !isLower)
        #expect((improvement.warning == nil) == (warning == nil))
        guard let warning else { return }
        #expect(improvement.code == warning && improvement.warning?.contains("version 4") == true)
        if isLower { #expect(improvement.warning?.contains("70.0 %, is lower than that of version 4, 80.0 %") == true) }
    }
}
