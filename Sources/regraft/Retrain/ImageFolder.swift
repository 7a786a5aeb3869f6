import Domain
import Foundation
import Glibc
import Images
import Inference
import Jobs

/// A folder with one subfolder a class, as `retrain.py` reads it: the subfolder's name is the label, sorted, and the
/// photos are the files directly in it.
struct ImageFolder {
    let labels: [String]
    let photos: [LabelledPhotos.Candidate]
    /// What was found and not taken, one sentence each.
    let remarks: [String]
    /// Whether photos may be among it.
    let leavesPhotosOut: Bool

    /// Lists the folder; reads no photo.
    /// - Throws: `RegraftError` when there is no such folder, or no class in it.
    init(_ path: String, limit: Int) throws {
        let root = URL(fileURLWithPath: path)
        let names = try Self.list(root, what: "The image folder")
        var (labels, photos, remarks): ([String], [LabelledPhotos.Candidate], [String]) = ([], [], [])
        var leavesPhotosOut = false
        for name in names {
            let folder = root.appendingPathComponent(name)
            guard Self.isFolder(folder) else {
                let reason: String
                do throws(InputFile.Problem) {
                    try InputFile.check(folder, limit: .max)
                    reason = "lies beside the class folders, so it has no label"
                    let head = InputFile.head(of: folder, count: 64)
                    leavesPhotosOut = leavesPhotosOut || head.withUnsafeBytes { ImageFormat.sniff($0) } != nil
                } catch {
                    reason = error.reason
                    leavesPhotosOut = true
                }
                remarks.append("\(Console.printable(name)) is not used: it \(reason).")
                continue
            }
            let classIndex = labels.count
            var found: [LabelledPhotos.Candidate] = []
            do {
                for file in try Self.list(folder, what: "The class folder") {
                    let url = folder.appendingPathComponent(file)
                    let path = "\(name)/\(file)"
                    if Self.isFolder(url) {
                        leavesPhotosOut = true
                        remarks.append(
                            "\(Console.printable(path)) is a folder inside a class folder: its photos are not used. "
                                + "Move them up, or make it a class of its own.")
                        continue
                    }
                    found.append(
                        LabelledPhotos.Candidate(
                            path: path, classIndex: classIndex,
                            source: PhotoSource(name: path) { () throws(ImageError) in
                                try Self.read(url, limit: limit)
                            }))
                }
            } catch let error as RegraftError {
                remarks.append(error.message)
                leavesPhotosOut = true
            }
            if found.isEmpty {
                remarks.append("The class folder '\(Console.printable(name))' has no photos: left out.")
                continue
            }
            labels.append(name)
            photos += found
        }
        self.labels = labels
        self.photos = photos
        self.leavesPhotosOut = leavesPhotosOut
        self.remarks = remarks + Self.confusingNames(labels)
        guard !labels.isEmpty else {
            throw RegraftError(
                "no_classes",
                "\(path) has no subfolder with photos in it. Put the photos of each class in a folder of its own: "
                    + "\(path)/roses/1.jpg, \(path)/tulips/2.jpg.")
        }
    }

    private init(_ labels: [String], _ photos: [LabelledPhotos.Candidate], of folder: ImageFolder) {
        self.labels = labels
        self.photos = photos
        remarks = folder.remarks
        leavesPhotosOut = folder.leavesPhotosOut
    }

    /// The folder without one of its classes, and that class by itself if it is there.
    func separating(_ label: String?) -> (rest: ImageFolder, other: ImageFolder?) {
        guard let label, let index = labels.firstIndex(where: { $0.utf8.elementsEqual(label.utf8) }) else {
            return (self, nil)
        }
        func renumbered(_ photos: [LabelledPhotos.Candidate], _ number: (Int) -> Int) -> [LabelledPhotos.Candidate] {
            photos.map { LabelledPhotos.Candidate(path: $0.path, classIndex: number($0.classIndex), source: $0.source) }
        }
        let rest = renumbered(photos.filter { $0.classIndex != index }) { $0 > index ? $0 - 1 : $0 }
        let other = renumbered(photos.filter { $0.classIndex == index }) { _ in 0 }
        return (
            ImageFolder(labels.enumerated().filter { $0.offset != index }.map(\.element), rest, of: self),
            ImageFolder([labels[index]], other, of: self)
        )
    }

    /// Names in byte order, which is the same on every machine; hidden files and what desktops leave behind left out.
    private static func list(_ folder: URL, what: String) throws -> [String] {
        guard let directory = opendir(folder.path) else {
            let reason = String(cString: strerror(errno))
            throw RegraftError(
                "unreadable_folder", "\(what) \(Console.printable(folder.path)) cannot be read: \(reason).")
        }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0  // the only way to tell the end from a failure
            guard let entry = readdir(directory) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix("."), name != "Thumbs.db", name != "desktop.ini" { names.append(name) }
        }
        guard errno == 0 else {
            let reason = String(cString: strerror(errno))
            throw RegraftError(
                "unreadable_folder", "\(what) \(Console.printable(folder.path)) cannot be read to its end: \(reason).")
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func isFolder(_ url: URL) -> Bool {
        var information = stat()
        return stat(url.path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    static func read(_ url: URL, limit: Int) throws(ImageError) -> Data {
        do throws(InputFile.Problem) { return try InputFile.read(url, limit: limit) } catch {
            throw ImageError(error.isTooLarge ? .tooManyBytes : .unreadable, "it \(error.reason)")
        }
    }

    /// Labels that a person, or another program, would take for one another.
    private static func confusingNames(_ labels: [String]) -> [String] {
        let alike = Dictionary(grouping: labels) { $0.lowercased() }.values.filter { $0.count > 1 }
        return alike.map { names in
            // Swift takes the spellings of one Unicode text for equal.
            let isSameText = names.allSatisfy { $0 == names[0] }
            let difference = isSameText ? "their Unicode spelling (normalisation)" : "upper and lower case"
            let quoted = names.map { "'\(Console.printable($0))'" }.joined(separator: " and ")
            return "\(quoted) differ in \(difference) only: kept as classes of their own."
        }.sorted()
    }
}
