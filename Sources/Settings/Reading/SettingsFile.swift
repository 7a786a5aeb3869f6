import Foundation

/// A settings file, taken apart: what it gives for which setting, and what in it is no setting.
struct SettingsFile {
    struct Entry {
        let setting: Setting
        let line: Int?
        let value: Given
    }

    let path: String
    private(set) var entries: [Entry] = []
    private(set) var problems: [SettingsError.Problem] = []

    init(_ url: URL) {
        path = Given.printable(url.relativePath)
        do throws(Refusal) {
            read(try YAMLReader.read(Self.text(url)))
        } catch {
            for fault in error.faults { refuse(fault.line, fault.words) }
        }
    }

    private static func text(_ url: URL) throws(Refusal) -> String {
        let data: Data
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw Refusal([.init(line: nil, words: "there is no such file")])
        }
        guard !isFolder.boolValue else {
            throw Refusal([.init(line: nil, words: "this is a folder; name a YAML file such as config/regraft.yaml")])
        }
        do { data = try Data(contentsOf: url) } catch {
            throw Refusal([.init(line: nil, words: "the file cannot be read; check its permissions")])
        }
        guard let text = String(bytes: data, encoding: .utf8) else {
            throw Refusal([.init(line: nil, words: "the file is not UTF-8 text")])
        }
        return text
    }

    private mutating func refuse(_ line: Int?, _ sentence: String) {
        problems.append(.init(.file(path, line: line), sentence))
    }

    private mutating func read(_ root: Given) {
        switch root {
        case .nothing: break
        case .group(let members): for member in unique(members, in: nil) { readTop(member) }
        case .scalar, .list, .argument: refuse(1, "the file must consist of groups such as 'server:'")
        }
    }

    private mutating func readTop(_ member: Given.Member) {
        let name = member.name
        switch member.value {
        case .group(let members) where Setting.groups.contains(name):
            for inner in unique(members, in: name) { readSetting(inner, key: "\(name).\(inner.name)") }
        case .nothing where Setting.groups.contains(name): break
        case _ where Setting.groups.contains(name):
            refuse(member.line, "\(name) \(member.value.description); its settings go below it, indented")
        case _ where Setting.byKey[name] != nil && name.contains("."):
            let parts = name.split(separator: ".")
            refuse(member.line, "\(name) is written as '\(parts[1]):' below '\(parts[0]):', indented")
        case .group where Setting.byKey[name] == nil:
            refuse(member.line, "there is no group \(Given.quoted(name)); \(Suggestion.sentence(forGroup: name))")
        default: readSetting(member, key: name)
        }
    }

    private mutating func readSetting(_ member: Given.Member, key: String) {
        if let setting = Setting.byKey[key] {
            entries.append(Entry(setting: setting, line: member.line, value: member.value))
        } else {
            refuse(member.line, "there is no setting \(Given.quoted(key)); \(Suggestion.sentence(forKey: key))")
        }
    }

    /// The first of each name; the others are refused.
    private mutating func unique(_ members: [Given.Member], in group: String?) -> [Given.Member] {
        var first: [String: Int?] = [:]
        return members.filter { member in
            guard let line = first[member.name] else {
                first[member.name] = member.line
                return true
            }
            let key = group.map { "\($0).\(member.name)" } ?? member.name
            refuse(
                member.line,
                "\(Given.quoted(key)) stands here again\(line.map { ", after line \($0)" } ?? ""); keep one")
            return false
        }
    }
}
