public import Foundation

/// Real photos, which are not part of the repository: the folder that the environment variable REGRAFT_TEST_DATA names,
/// with `pets/<breed>/*.jpg`, `exif/{Landscape,Portrait}_{1…8}.jpg` and `zip-slip/zip-slip{,-win}.{zip,tar}`.
public enum TestData {
    public static let folder = ProcessInfo.processInfo.environment["REGRAFT_TEST_DATA"].map { URL(fileURLWithPath: $0) }
}

/// The repository that these tests were built from.
public enum Repository {
    public static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What `scripts/setup.sh` installs.
    public static let dependencies =
        ProcessInfo.processInfo.environment["REGRAFT_DEPS"].map { URL(fileURLWithPath: $0) }
        ?? folder.appendingPathComponent(".deps")

    public static let backbones = dependencies.appendingPathComponent("backbones")
}

/// The one line that a test prints instead of running.
public func printSkipped(_ what: String, because reason: String) { print("skipped: \(what): \(reason)") }
