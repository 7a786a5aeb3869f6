import Domain
import Testing

struct DistortionsTests {
    private static func photo(_ number: UInt8) -> PhotoDigest {
        PhotoDigest(bytes: Array(repeating: number, count: 32))
    }

    // How many views are worth making: none without distortions, one when all that happens is mirroring.
    @Test(arguments: [
        (Distortions(), 5, 0), (Distortions(flipLeftRight: true), 5, 1), (Distortions(flipLeftRight: true), 0, 0),
        (Distortions(cropPercent: 10), 5, 5), (Distortions(flipLeftRight: true, brightnessPercent: 1), 3, 3),
    ])
    func countsViews(distortions: Distortions, wanted: Int, expected: Int) {
        #expect(distortions.viewCount(wanted: wanted) == expected)
        #expect(distortions.isNone == (distortions == Distortions()))
    }

    @Test func mirroringAloneIsOnePlainView() {
        let view = Distortions(flipLeftRight: true).view(0, of: Self.photo(1))
        #expect(view.mirrored && view.extent == 1 && view.brightness == 1 && !view.name.isEmpty)
    }

    // retrain.py's ranges: the picture is enlarged by 1 + crop and then by up to 1 + scale, and the box is 1 / that.
    @Test func staysWithinItsRanges() {
        let distortions = Distortions(flipLeftRight: true, cropPercent: 10, scalePercent: 20, brightnessPercent: 30)
        let views = (0..<500).map { distortions.view($0, of: Self.photo(2)) }
        #expect(views.allSatisfy { $0.extent > 1 / (1.1 * 1.2) - 1e-12 && $0.extent <= 1 / 1.1 + 1e-12 })
        #expect(views.contains { $0.extent < 0.775 } && views.contains { $0.extent > 0.89 })
        #expect(views.allSatisfy { (0..<1).contains($0.left) && (0..<1).contains($0.top) })
        #expect(views.allSatisfy { $0.brightness >= 0.7 && $0.brightness < 1.3 })
        #expect(views.contains { $0.brightness < 0.73 } && views.contains { $0.brightness > 1.27 })
        let mirrored = views.filter(\.mirrored).count
        #expect((200...300).contains(mirrored))
    }

    // What is not asked for does not happen.
    @Test func distortsNothingElse() {
        for index in 0..<50 {
            let bright = Distortions(brightnessPercent: 50).view(index, of: Self.photo(3))
            #expect(bright.extent == 1 && !bright.mirrored)
            let cropped = Distortions(cropPercent: 25).view(index, of: Self.photo(3))
            #expect(cropped.extent == 0.8 && cropped.brightness == 1 && !cropped.mirrored)
        }
        // Beyond 100 % a factor below zero would be drawn.
        let views = (0..<50).map { Distortions(brightnessPercent: 300).view($0, of: Self.photo(3)) }
        #expect(views.allSatisfy { $0.brightness >= 0 } && views.contains { $0.brightness == 0 })
    }

    // The cache relies on both: the same view always, and another name for every other one.
    @Test func isTheSameForTheSamePhotoAndIndexOnly() {
        let distortions = Distortions(flipLeftRight: true, cropPercent: 10, scalePercent: 10, brightnessPercent: 10)
        #expect(distortions.view(3, of: Self.photo(4)) == distortions.view(3, of: Self.photo(4)))
        let others = [distortions.view(4, of: Self.photo(4)), distortions.view(3, of: Self.photo(5))]
        #expect(others.allSatisfy { $0.left != distortions.view(3, of: Self.photo(4)).left })

        let all = [
            distortions, Distortions(), Distortions(flipLeftRight: true), Distortions(cropPercent: 10),
            Distortions(scalePercent: 10), Distortions(brightnessPercent: 10), Distortions(cropPercent: 1),
        ]
        let names = all.flatMap { one in (0..<3).map { one.view($0, of: Self.photo(6)).name } }
        #expect(Set(names).count == names.count && !names.contains(View.whole.name))
    }
}
