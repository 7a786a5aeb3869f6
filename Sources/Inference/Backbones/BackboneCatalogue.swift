import Crypto
public import Domain
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
    private let descriptorFolders: [URL]
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
        self.descriptorFolders = descriptorFolders
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
            let places = descriptorFolders.map(\.path).joined(separator: ", ")
            throw RegraftError(
                "unknown_backbone",
                "There is no backbone '\(id.prefix(80).description.printable)'. "
                    + (entries.isEmpty
                        ? "There is no descriptor at all in \(places.isEmpty ? "any known folder" : places); set "
                            + "REGRAFT_BACKBONES to the folder where they are."
                        : "Known are: \(known)."))
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

    /// A descriptor as it stands in its file, to be sent along with what belongs on the network; nil where there is none, or where
    /// it means another file than the one of this hash.
    package func descriptorText(of id: String, sha256 hash: String) -> Data? {
        guard let entry = entries.first(where: { $0.descriptor.id == id }),
            entry.descriptor.sha256.map({ $0 == hash }) ?? true
        else { return nil }
        return try? Data(contentsOf: entry.descriptorFile)
    }

    /// Of a file as `sha256sum` prints it; of an IR's two files, one after the other; of every file in a SavedModel folder,
    /// each after its name and length.
    private static func sha256(of url: URL) throws -> String {
        var hash = SHA256()
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
            for name in try FileManager.default.subpathsOfDirectory(atPath: url.path).sorted() {
                let file = url.appendingPathComponent(name)
                guard !file.hasDirectoryPath else { continue }
                let data = try Data(contentsOf: file, options: .mappedIfSafe)
                hash.update(data: Data("\(name.utf8.count) \(name) \(data.count) ".utf8))
                hash.update(data: data)
            }
        } else {
            var files = [url]
            if url.pathExtension == "xml" { files.append(url.deletingPathExtension().appendingPathExtension("bin")) }
            for file in files { hash.update(data: try Data(contentsOf: file, options: .mappedIfSafe)) }
        }
        return hash.finalize().hexadecimal
    }

    private static func labels(_ entry: Entry, in folders: [URL]) throws -> [String] {
        guard let name = entry.descriptor.labels,
            let file = find(name, in: [entry.descriptorFile.deletingLastPathComponent()] + folders)
        else { return [] }
        let text = try String(contentsOf: file, encoding: .utf8)
        return text.split(whereSeparator: \.isNewline).map(String.init)
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

    /// Everything beside the network's file that a bottleneck depends on, in words.
    public func preprocessingKey(_ fit: FitMode) -> String {
        "\(descriptor.preprocessing(fit).cacheKey) \(descriptor.cacheKey)"
    }
}
