import Foundation
import TestSupport
import Testing

import Settings

/// Loads a file with that text, called `regraft.yaml`.
func load(
    _ yaml: String, environment: [String: String] = [:], flags: [String: String] = [:]
) throws -> ServerSettings {
    let folder = try TemporaryFolder()
    return try ServerSettings.load(
        file: folder.write(yaml, to: "regraft.yaml"), environment: environment, flags: flags)
}

/// What is wrong, a line each, with the file's folder left out.
func problems(
    _ yaml: String = "", environment: [String: String] = [:], flags: [String: String] = [:]
) -> [String] {
    do {
        _ = try load(yaml, environment: environment, flags: flags)
        return []
    } catch let error as SettingsError {
        return error.problems.map { problem in
            String(problem.description.replacing(/^\/.*\/regraft\.yaml/, with: "regraft.yaml"))
        }
    } catch {
        return ["another error: \(error)"]
    }
}

/// 64 hexadecimal digits.
func hash(_ digit: Character) -> String { String(repeating: digit, count: 64) }

/// A file, and the sentence about it after `regraft.yaml:`; nil where it is right.
struct FileCase: Sendable, CustomTestStringConvertible {
    let yaml: String
    let expected: String?

    init(_ yaml: String, _ expected: String?) {
        self.yaml = yaml
        self.expected = expected
    }

    var testDescription: String { yaml }
}
