import Domain
import Foundation
import Inference

/// Where descriptors and networks lie on this machine.
enum Installation {
    /// The catalogue of everything that can be found, the user's own folder first.
    /// - Parameters:
    ///   - modelFolder: the user's own.
    ///   - option: what the user has named it by.
    /// - Throws: `RegraftError` for an invalid descriptor, and where `modelFolder` is no folder.
    static func catalogue(modelFolder: String?, named option: String = "--model_dir") throws -> BackboneCatalogue {
        if let modelFolder {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: modelFolder, isDirectory: &isFolder), isFolder.boolValue else {
                throw RegraftError("missing_folder", "\(option) \(Console.printable(modelFolder)) is no folder.")
            }
        }
        let listed = ProcessInfo.processInfo.environment["REGRAFT_BACKBONES"]?.split(separator: ":").map(String.init)
        let ownFolders = ([modelFolder].compactMap(\.self) + (listed ?? [])).map { URL(fileURLWithPath: $0) }
        let roots = self.roots
        return try BackboneCatalogue(
            descriptorFolders: ownFolders + roots.map { $0.appendingPathComponent("config/backbones") },
            fileFolders: ownFolders + dependencyFolders(roots).map { $0.appendingPathComponent("backbones") })
    }

    /// Two more than there are cores: a worker that waits for an inference leaves its core to another.
    static var workerCount: Int { ProcessInfo.processInfo.activeProcessorCount + 2 }

    /// Set-up puts the networks below `.deps` of the checkout, or below `REGRAFT_DEPS`.
    private static func dependencyFolders(_ roots: [URL]) -> [URL] {
        let named = ProcessInfo.processInfo.environment["REGRAFT_DEPS"].map { [URL(fileURLWithPath: $0)] } ?? []
        return named + roots.map { $0.appendingPathComponent(".deps") }
    }

    /// The folders above the working directory and above the program that look like a checkout or an installation.
    private static var roots: [URL] {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let starts = [FileManager.default.currentDirectoryPath, (program as NSString).deletingLastPathComponent]
        var found: [URL] = []
        for start in starts {
            var folder = URL(fileURLWithPath: start).standardizedFileURL
            for _ in 0..<8 {
                let config = folder.appendingPathComponent("config/backbones")
                if FileManager.default.fileExists(atPath: config.path) {
                    if !found.contains(folder) { found.append(folder) }
                    break
                }
                if folder.path == "/" { break }
                folder = folder.deletingLastPathComponent()
            }
        }
        return found
    }
}
