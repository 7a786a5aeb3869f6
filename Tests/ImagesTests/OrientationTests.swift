import Images
import TestSupport
import Testing

struct OrientationTests {
    // A picture of two columns and three rows, `ab/cd/ef`, as CIPA DC-008, 4.6.4 has it stored for each value.
    @Test(arguments: [
        (1, ["ab", "cd", "ef"]), (2, ["ba", "dc", "fe"]), (3, ["fe", "dc", "ba"]), (4, ["ef", "cd", "ab"]),
        (5, ["ace", "bdf"]), (6, ["bdf", "ace"]), (7, ["fdb", "eca"]), (8, ["eca", "fdb"]),
    ])
    func readsTheStoredPixel(value: Int, stored: [String]) throws {
        let orientation = try #require(Orientation(rawValue: value))
        #expect(orientation.swapsAxes == (stored.count == 2))
        for (y, row) in ["ab", "cd", "ef"].enumerated() {
            for (x, letter) in row.enumerated() {
                let place = orientation.stored(x: x, y: y, width: 2, height: 3)
                #expect(Array(stored[place.y])[place.x] == letter, "(\(x), \(y))")
            }
        }
    }

    @Test func hasTheEightValuesOfExif() {
        #expect(Orientation.allCases.map(\.rawValue) == Array(1...8))
        for value in [0, 9, -1, 65_535] { #expect(Orientation(rawValue: value) == nil) }
    }
}
