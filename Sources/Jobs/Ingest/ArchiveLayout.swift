import Domain
import Foundation

/// Where an archive's photos have their labels: found out from all paths before the first photo is read.
struct ArchiveLayout: Sendable {
    private enum Rule: Sendable {
        /// `label/photo.jpg`, below the folder that is around all of them where there is one.
        case folders(skipping: String?)
        case fileName
        /// By path below the folder of `labels.csv`, and by file name alone.
        case csv(folder: String, labels: [String: String])
    }

    private let rule: Rule

    /// Where a file belongs, or why it belongs nowhere.
    enum Place: Equatable {
        case photo(label: Label, fileName: String)
        /// `labels.csv` itself.
        case ignored
        case refused(code: String, reason: String)
    }

    static let listName = "labels.csv"

    /// - Parameters:
    ///   - survey: what the archive holds.
    ///   - list: the content of `labels.csv`, where the layout may be by it.
    ///   - maximumRows: of that list: no more than the archive may have entries.
    ///   - check: called now and then; what it throws ends the reading of a long list.
    /// - Throws: `RegraftError` (`invalid_labels_csv`, `missing_labels_csv`), and what `check` throws.
    init(
        _ wanted: IngestSpecification.Layout, _ survey: ArchiveSurvey, list: Data?, maximumRows: Int,
        check: () throws -> Void
    ) throws {
        switch wanted {
        case .fileName: rule = .fileName
        case .folders: rule = .folders(skipping: survey.commonFolder)
        case .csv, .automatic:
            if let list, let path = survey.listPath {
                let folder = String(path.dropLast(Self.listName.count))
                rule = .csv(folder: folder, labels: try LabelList.parse(list, maximumRows: maximumRows, check: check))
            } else if wanted == .csv {
                throw RegraftError(
                    "missing_labels_csv",
                    "The labels were said to be in \(Self.listName), and the archive has no such file at its top.")
            } else {
                rule = .folders(skipping: survey.commonFolder)
            }
        }
    }

    /// - Parameter listed: told the name by which `labels.csv` has the file, where it is from there.
    func place(_ path: String, listed: (String) -> Void = { _ in }) -> Place {
        let segments = path.split(separator: "/").map(String.init)
        guard let fileName = segments.last else { return .refused(code: "no_name", reason: "it has no name") }
        let text: String
        switch rule {
        case .folders(let top):
            let rest = segments.first == top && top != nil ? Array(segments.dropFirst()) : segments
            guard rest.count != 1 else {
                return .refused(
                    code: "no_label",
                    reason:
                        "it lies beside the class folders, so it has no label (flat archives of files like Label_12.jpg are "
                        + "taken with ?labels=filename)")
            }
            guard rest.count == 2 else {
                return .refused(code: "nested_folder", reason: "it is in a folder inside a class folder; move it up")
            }
            text = rest[0]
        case .fileName:
            guard let match = fileName.wholeMatch(of: /(.+)_[0-9]+\.[A-Za-z0-9]+/) else {
                return .refused(code: "no_label", reason: "its name is not of the form Label_12.jpg")
            }
            text = String(match.1)
        case .csv(let folder, let labels):
            let below = path.hasPrefix(folder) ? String(path.dropFirst(folder.count)) : path
            let name = [below, fileName].first { labels[$0] != nil }
            if let name { listed(name) }
            if path == folder + Self.listName { return .ignored }
            guard let name, let label = labels[name] else {
                return .refused(code: "no_label", reason: "it is not in \(Self.listName)")
            }
            text = label
        }
        do { return .photo(label: try Label(text), fileName: fileName) } catch {
            return .refused(code: error.code.rawValue, reason: "its label cannot be used: \(error.message)")
        }
    }

    /// All files that `labels.csv` names.
    var listedNames: [String] {
        guard case .csv(_, let labels) = rule else { return [] }
        return labels.keys.sorted()
    }
}

/// The shape of an archive, from the paths of its files alone.
struct ArchiveSurvey: Sendable {
    private var tops: Set<String> = []
    private var depths: [Int: Int] = [:]
    private var refused = 0
    /// Of the `labels.csv` nearest to the top.
    private(set) var listPath: String?

    mutating func add(_ path: String) {
        let segments = path.split(separator: "/")
        depths[segments.count, default: 0] += 1
        if let top = segments.first, tops.count < 2, segments.count > 1 { tops.insert(String(top)) }
        if segments.last.map(String.init) == ArchiveLayout.listName, segments.count <= 2,
            listPath.map({ path.utf8.count < $0.utf8.count }) ?? true
        {
            listPath = path
        }
    }

    /// Something that is not taken from any archive.
    mutating func addRefused() { refused += 1 }

    /// How many items `ArchiveBatches` will give.
    func count(under layout: ArchiveLayout) -> Int {
        let isListIgnored = listPath.map { layout.place($0) == .ignored } ?? false
        return depths.values.reduce(refused, +) - (isListIgnored ? 1 : 0)
    }

    /// The folder that is around all class folders, where there is one: most files are then three names deep.
    var commonFolder: String? {
        guard tops.count == 1, let top = tops.first else { return nil }
        let (flat, deep) = (depths[2, default: 0], depths.filter { $0.key >= 3 }.values.reduce(0, +))
        return deep > flat ? top : nil
    }
}
