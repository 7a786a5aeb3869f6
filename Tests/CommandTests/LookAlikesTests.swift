import Domain
import Foundation
import Images
import TestSupport
import Testing

/// With a real backbone and real photos: a copy at half the size is recognised as one, and nothing else is.
struct LookAlikesTests {
    @Test(.enabled(if: TestData.folder != nil, "set REGRAFT_TEST_DATA"))
    func copiesOfAnotherSize() throws {
        let folder = try TemporaryFolder()
        let pets = try #require(TestData.folder).appendingPathComponent("pets")
        let breeds = try FileManager.default.contentsOfDirectory(atPath: pets.path).sorted().prefix(5)
        for breed in breeds {
            let photos = try FileManager.default.contentsOfDirectory(atPath: pets.appendingPathComponent(breed).path)
            for name in photos.sorted().prefix(4) {
                let file = try Data(contentsOf: pets.appendingPathComponent(breed).appendingPathComponent(name))
                let picture = try Self.decode(file, width: 512, height: 384)
                try folder.write(picture.png(), to: "photos/\(breed)/\(name).png")
                try folder.write(Self.halved(picture).png(), to: "photos/\(breed)/\(name) small.png")
            }
        }
        let run = try RegraftProcess(
            [
                "retrain", "--image_dir", "photos", "--bottleneck_dir", "cache", "--output_graph", "m",
                "--output_labels", "l", "--summaries_dir", "logs",
            ],
            in: folder.url)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("40 photos in 5 classes"))
        #expect(run.output.contains("40 of them look like another one, 20 pictures in all;"), "\(run.output)")
    }

    private static func decode(_ file: Data, width: Int, height: Int) throws -> MadePicture {
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        try file.withUnsafeBytes { file in
            try pixels.withUnsafeMutableBufferPointer { pixels in
                try PhotoDecoder().decode(
                    file, Preprocessing(width: width, height: height, fit: .squash), into: pixels)
            }
        }
        return MadePicture(width: width, height: height) { x, y, channel in
            Int(pixels[(y * width + x) * 3 + channel])
        }
    }

    private static func halved(_ picture: MadePicture) -> MadePicture {
        MadePicture(width: picture.width / 2, height: picture.height / 2) { x, y, channel in
            var sum = 2
            for (column, row) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                sum += Int(picture[2 * x + column, 2 * y + row, channel])
            }
            return sum / 4
        }
    }
}
