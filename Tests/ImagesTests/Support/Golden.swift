import Domain
import Foundation
import Images
import TestSupport

/// What Pillow makes of a picture, from the JSON files that `scripts/golden_images.py` wrote.
struct Golden: Decodable, Sendable, CustomStringConvertible {
    let width: Int
    let height: Int
    let fit: FitMode
    let cropFraction: Double
    /// `[height, width, 3]`
    let pixels: Data

    var preprocessing: Preprocessing {
        Preprocessing(width: width, height: height, fit: fit, cropFraction: cropFraction, padding: 127)
    }

    var description: String { "\(fit) to \(width) × \(height)" }

    /// A tiny file, written by Pillow.
    struct Picture: Decodable, Sendable, CustomStringConvertible {
        let name: String
        let file: Data
        /// In levels: what two decoders may differ by.
        let tolerance: Int
        let goldens: [Golden]

        var description: String { name }
    }

    static let pictures: [Picture] = read("pictures")

    static func picture(_ name: String) -> Picture {
        guard let found = pictures.first(where: { $0.name == name }) else { fatalError("no picture \(name)") }
        return found
    }

    /// A picture that the test makes by itself, for the resampler.
    struct Resampling: Decodable, Sendable, CustomStringConvertible {
        let name: String
        let width: Int
        let height: Int
        let goldens: [Golden]

        var description: String { name }
    }

    static let resampling: [Resampling] = read("resampling")

    private static func read<Value: Decodable>(_ name: String) -> Value {
        do {
            guard let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Golden") else {
                fatalError("Golden/\(name).json is missing")
            }
            return try JSONDecoder().decode(Value.self, from: Data(contentsOf: url))
        } catch {
            fatalError("Golden/\(name).json: \(error)")
        }
    }
}

extension PhotoDecoder {
    /// The pixels of a photo, `[height, width, 3]`.
    func decode(_ file: Data, _ preprocessing: Preprocessing, view: View = .whole) throws -> [UInt8] {
        var pixels = [UInt8](repeating: 0, count: preprocessing.width * preprocessing.height * 3)
        try pixels.withUnsafeMutableBufferPointer { pixels in
            try file.withUnsafeBytes { try decode($0, preprocessing, view: view, into: pixels) }
        }
        return pixels
    }
}

/// The largest difference between two pictures of one size, in levels.
func difference(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Int {
    guard left.count == right.count else { return 256 }
    return zip(left, right).map { abs(Int($0) - Int($1)) }.max() ?? 0
}
