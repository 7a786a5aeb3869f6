import Domain
import Foundation
import Storage

/// Files that a command leaves behind.
enum OutputFile {
    /// Makes a folder, and finds out before the work, and not after it, that nothing could be written there.
    static func prepare(folder: URL) throws {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw RegraftError("unwritable_output", "The folder \(folder.path) cannot be made.", cause: error)
        }
        // Trying is the only sure way: permissions say nothing about read-only and special file systems.
        let trial = folder.appendingPathComponent(".regraft-\(UUID().uuidString)")
        guard (try? Data().write(to: trial)) != nil else {
            throw RegraftError("unwritable_output", "The folder \(folder.path) cannot be written to.")
        }
        try? FileManager.default.removeItem(at: trial)
    }

    static func refuseWhatIsNoFile(_ file: URL) throws {
        let type = try? FileManager.default.attributesOfItem(atPath: file.path)[.type] as? FileAttributeType
        guard type == nil || type == .typeRegular else {
            throw RegraftError(
                "unwritable_output", "\(file.path) is a folder or a device; name a file to write to.")
        }
    }

    static func write(_ data: Data, to file: URL) throws {
        do { try DurableFile.write(data, to: file) } catch {
            throw RegraftError("unwritable_output", "\(file.path) cannot be written.", cause: error)
        }
    }
}
