import Domain
import Foundation
import Testing

struct TrainingOptionsTests {
    @Test func comesBack() throws {
        var options = TrainingOptions()
        (options.recipe, options.fit, options.seed, options.noneLabel) = (.retrain, .auto, 7, try Label("none"))
        (options.targetPrecision, options.views, options.distortions.cropPercent) = (0.9, 2, 10)
        let back = try JSONDecoder().decode(TrainingOptions.self, from: JSONEncoder().encode(options))
        #expect(back == options)
    }

    // A job that waits in the catalog while the server is replaced by a newer one.
    @Test func readsWhatWasStoredBeforeThereWasAnOption() throws {
        let stored = #"{"recipe":"retrain","fit":"squash","steps":12}"#
        let options = try JSONDecoder().decode(TrainingOptions.self, from: Data(stored.utf8))
        var expected = TrainingOptions()
        (expected.recipe, expected.fit, expected.steps) = (.retrain, .squash, 12)
        #expect(options == expected)
    }
}
