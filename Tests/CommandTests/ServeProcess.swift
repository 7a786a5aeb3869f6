import Foundation
import Glibc
import TestSupport

/// A running `regraft serve`, asked with curl, as a user would.
final class ServeProcess {
    private let process = Process()
    private let folder: URL
    private(set) var address = ""

    /// Starts it, and waits until it is ready.
    /// - Parameter folder: with a network in `networks`; the data goes to `data` there.
    init(in folder: URL, _ arguments: [String] = []) throws {
        self.folder = folder
        let output = folder.appendingPathComponent(".serve-\(UUID().uuidString)")
        try Data().write(to: output)
        process.executableURL = RegraftProcess.program
        process.arguments =
            [
                "serve", "--data", "data", "--port", "0", "--set", "backbones.directory=networks", "--set",
                "training.default_backbone=made",
            ] + arguments
        process.currentDirectoryURL = folder
        process.standardOutput = try FileHandle(forWritingTo: output)
        let log = folder.appendingPathComponent("server.log")
        if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        process.standardError = handle
        try process.run()
        while address.isEmpty, process.isRunning {
            let text = String(decoding: try Data(contentsOf: output), as: UTF8.self)
            if let line = text.split(separator: "\n").first, text.contains("\n"), line.hasPrefix("listening on ") {
                address = String(line.dropFirst("listening on ".count))
            }
            usleep(10_000)
        }
        while process.isRunning, try curl("/readyz").status != 200 { usleep(10_000) }
        guard process.isRunning else { throw Ended(log: String(decoding: try Data(contentsOf: log), as: UTF8.self)) }
    }

    /// It is no longer there, where it should be.
    struct Ended: Error { let log: String }

    deinit {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        // Until it is gone it may write to the folder, which whoever has made it is about to remove.
        process.waitUntilExit()
    }

    /// Sends a signal and waits for the end.
    /// - Returns: the exit status, or the signal's number below zero.
    func stop(by signal: Int32) -> Int32 {
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    /// Runs curl on a path of the server.
    func curl(_ path: String, _ arguments: String...) throws -> Answer { try curlAll(path, arguments) }

    func curlAll(_ path: String, _ arguments: [String]) throws -> Answer {
        let curl = Process()
        curl.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        curl.arguments = ["-s", "-g", "-w", "\n%{http_code}"] + arguments + [address + path]
        curl.currentDirectoryURL = folder
        let pipe = Pipe()
        curl.standardOutput = pipe
        try curl.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        curl.waitUntilExit()
        var lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let status = lines.popLast().flatMap { Int($0) } ?? 0
        return Answer(status: status, text: lines.joined(separator: "\n"))
    }

    /// Follows a job to its end.
    /// - Returns: its events, a line of JSON each.
    func follow(_ job: String) throws -> [String] {
        try curl("/v1/jobs/\(job)/events", "-N", "-H", "Accept: application/x-ndjson").text
            .split(separator: "\n").map(String.init)
    }

    /// Watches a job until the server ends it; returns when the first event has come.
    func startWatching(_ job: String) throws -> Process {
        let curl = Process()
        curl.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        curl.arguments = ["-s", "-N", address + "/v1/jobs/\(job)/events"]
        let pipe = Pipe()
        curl.standardOutput = pipe
        try curl.run()
        while true {
            let data = pipe.fileHandleForReading.availableData
            guard !data.isEmpty else { throw Ended(log: "The stream has ended before its first event.") }
            if String(decoding: data, as: UTF8.self).contains("event:") { break }
        }
        // Else it would wait for a reader.
        DispatchQueue.global().async { _ = pipe.fileHandleForReading.readDataToEndOfFile() }
        return curl
    }

    func json(_ path: String, _ body: String, method: String = "POST", _ field: String = "X-Test: 1") throws -> Answer {
        try curl(path, "-X", method, "-H", "Content-Type: application/json", "-H", field, "-d", body)
    }
}
