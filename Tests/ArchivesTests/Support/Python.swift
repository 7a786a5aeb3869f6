import Foundation
import TestSupport

/// Archives made by writers that have nothing to do with libarchive.
enum Python {
    /// Runs a script in a folder, with `zipfile`, `tarfile`, `zlib`, `io`, `struct` and `sys` imported and the arguments
    /// in `sys.argv`.
    static func run(_ script: String, _ arguments: [String] = [], in folder: TemporaryFolder) throws {
        let imports = "import zipfile, tarfile, zlib, io, struct, sys\n"
        guard try start("python3", ["-c", imports + script] + arguments, in: folder) == 0 else {
            throw CocoaError(.executableLoad)
        }
    }

    /// - Returns: the program's exit status; 127 where it is not installed.
    static func start(_ program: String, _ arguments: [String], in folder: TemporaryFolder) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = folder.url
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
