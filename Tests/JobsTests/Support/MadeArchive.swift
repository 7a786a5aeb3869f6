import Foundation
import TestSupport

/// Uploads.
enum MadeArchive {
    /// Folders `red`, `green` and `blue` with so many photos each.
    static func zip(colours count: Int) -> [UInt8] { zip(photos(count)) }

    static func photos(_ count: Int) -> [(String, Data)] {
        MadePhoto.colours.keys.sorted().flatMap { colour in
            (0..<count).map { ("\(colour)/\($0).png", MadePhoto.png(colour, $0)) }
        }
    }

    static func zip(_ files: [(String, Data)]) -> [UInt8] {
        MadeZip(files.map { .init($0.0, Array($0.1)) }).bytes
    }

    /// In the format of POSIX.1-1988, ustar.
    static func tar(_ files: [(String, Data)]) -> [UInt8] {
        files.flatMap { header($0.0, $0.1.count) + $0.1 + padding($0.1.count) } + [UInt8](repeating: 0, count: 1024)
    }

    private static func padding(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: (512 - count % 512) % 512) }

    private static func header(_ name: String, _ size: Int) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at place: Int) {
            header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8)
        }
        func octal(_ number: Int, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(name, at: 0)
        put(octal(0o644, 7), at: 100)
        put(octal(size, 11), at: 124)
        put(octal(0, 11), at: 136)
        put("        0", at: 148)
        put("ustar\u{0}00", at: 257)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
        return header
    }
}
