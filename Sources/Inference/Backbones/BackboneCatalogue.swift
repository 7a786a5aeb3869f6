import Crypto
import Domain
public import Foundation

/// The backbones that are described on this machine, by id.
public struct BackboneCatalogue: Sendable {
    /// A descriptor, and the network's file where it has been found.
    public struct Entry: Sendable {
        public let descriptor: BackboneDescriptor
        public let descriptorFile: URL
        public let networkFile: URL?
    }

    /// Sorted by id.
    public let entries: [Entry]
    private let fileFolders: [URL]

    /// Reads every `*.json` in the given folders; where two describe the same id, the earlier folder counts.
    /// - Parameters:
    ///   - descriptorFolders: in the order in which they are asked.
    ///   - fileFolders: where networks are looked for beside the descriptor's own folder.
    /// - Throws: `RegraftError` for a descriptor that is not valid.
    public init(descriptorFolders: [URL], fileFolders: [URL]) throws {
        var found: [String: Entry] = [:]
        for folder in descriptorFolders {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            for name in names.sorted() where name.hasSuffix(".json") {
                let url = folder.appendingPathComponent(name)
                let descriptor = try BackboneDescriptor.read(Data(contentsOf: url), named: url.path)
                guard found[descriptor.id] == nil else { continue }
                let file = Self.find(descriptor.file, in: [folder] + fileFolders)
                found[descriptor.id] = Entry(descriptor: descriptor, descriptorFile: url, networkFile: file)
            }
        }
        entries = found.values.sorted { $0.descriptor.id < $1.descriptor.id }
        self.fileFolders = fileFolders
    }

    private static func find(_ file: String, in folders: [URL]) -> URL? {
        // Not `URL(relativeTo:)`, which drops a folder's last part where its URL does not end in a slash.
        folders.map { file.hasPrefix("/") ? URL(fileURLWithPath: file) : $0.appendingPathComponent(file) }
            .first { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// - Throws: `RegraftError` naming the known ids, or the places where the network's file was looked for.
    public func backbone(_ id: String) throws -> Backbone {
        guard let entry = entries.first(where: { $0.descriptor.id == id }) else {
            let known = entries.map(\.descriptor.id).joined(separator: ", ")
            throw RegraftError(
                "unknown_backbone", "There is no backbone '\(id)'. Known are: \(known.isEmpty ? "none" : known).")
        }
        guard let file = entry.networkFile else {
            let places = ([entry.descriptorFile.deletingLastPathComponent()] + fileFolders).map(\.path)
            throw RegraftError(
                "missing_backbone_file",
                "The backbone '\(id)' needs the file \(entry.descriptor.file), which is in none of "
                    + places.joined(separator: ", ")
                    + "." + (entry.descriptor.source.map { " It comes from: \($0)." } ?? ""))
        }
        let hash = try Self.sha256(of: file)
        if let expected = entry.descriptor.sha256, expected != hash {
            throw RegraftError(
                "backbone_hash_mismatch",
                "\(file.path) is not the file that the descriptor of '\(id)' means: its SHA-256 is \(hash), "
                    + "the descriptor says \(expected). Put the right file there, or correct the descriptor.")
        }
        let labels = try Self.labels(entry, in: [file.deletingLastPathComponent()] + fileFolders)
        return Backbone(descriptor: entry.descriptor, file: file, sha256: hash, labels: labels)
    }

    /// Of a file, or of an IR's two files, or of every file in a SavedModel folder.
    private static func sha256(of url: URL) throws -> String {
        var files = [url]
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
            let inside = FileManager.default.enumerator(atPath: url.path)?.compactMap { $0 as? String } ?? []
            files = inside.sorted().map { url.appendingPathComponent($0) }.filter { !$0.hasDirectoryPath }
        } else if url.pathExtension == "xml" {
            files.append(url.deletingPathExtension().appendingPathExtension("bin"))
        }
        var hash = SHA256()
        for file in files { hash.update(data: try Data(contentsOf: file, options: .mappedIfSafe)) }
        return hash.finalize().hexadecimal
    }

    private static func labels(_ entry: Entry, in folders: [URL]) throws -> [String] {
        guard let name = entry.descriptor.labels,
            let file = find(name, in: [entry.descriptorFile.deletingLastPathComponent()] + folders)
        else { return [] }
        let text = try String(contentsOf: file, encoding: .utf8)
        return text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    }
}

/// A backbone whose file is there and is the right one.
public struct Backbone: Sendable {
    public let descriptor: BackboneDescriptor
    public let file: URL
    /// Of the file: 64 hexadecimal digits.
    public let sha256: String
    /// The classes of the network's own logits; empty where their names are not known.
    public let labels: [String]

    /// What the bottleneck cache knows the network by: its file, and how its input and output are used.
    public var cacheKey: String {
        var hash = SHA256()
        hash.update(data: Data("\(sha256) \(descriptor.cacheKey)".utf8))
        return hash.finalize().hexadecimal
    }
}
