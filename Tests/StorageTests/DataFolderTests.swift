import Domain
import Foundation
import Storage
import TestSupport
import Testing

struct DataFolderTests {
    @Test func keepsWhatItHolds() async throws {
        let parent = try TemporaryFolder()
        let url = parent.url.appendingPathComponent("new/data")
        let first = try DataFolder(url)
        let mode = try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? Int
        #expect(mode == 0o700)
        let digest = try first.blobs.put(Data("abc".utf8))
        _ = try await first.catalog.add(
            [NewImage(digest: digest, label: Label("cat"), fileName: "a.jpg", byteCount: 3)], to: pets)
        let key = BottleneckKey(photo: digest, backbone: "b", preprocessing: "p", view: "")
        try first.bottlenecks.store([(key, Bottleneck(features: [1], appearance: 2))])
        try Data("half".utf8).write(to: first.temporaryFolder.appendingPathComponent("upload"))
        try first.close()
        #expect(await code { try await first.catalog.dataset(pets) } != nil)

        let second = try DataFolder(url)
        #expect(second.boot != first.boot && second.putAside == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: url.path + "/tmp") == [second.boot])
        #expect(second.temporaryFolder.lastPathComponent == second.boot)
        #expect(try second.blobs.contains(digest))
        #expect(try second.bottlenecks.bottleneck(for: key) == Bottleneck(features: [1], appearance: 2))
        #expect(try await second.catalog.dataset(pets)?.current?.imageCount == 1)
        #expect(try await second.sweeper.sweepOrphans() == 0)
        #expect(try second.freeBytes() > 0)
        try second.close()
    }

    // One owner at a time; who comes second is told who the first is, and takes nothing from it.
    @Test func belongsToOne() throws {
        let parent = try TemporaryFolder()
        let first = try DataFolder(parent.url)
        try Data("half".utf8).write(to: first.temporaryFolder.appendingPathComponent("upload"))
        let error = #expect(throws: RegraftError.self) { try DataFolder(parent.url) }
        #expect(error?.code == "data_folder_in_use")
        #expect(error?.message.contains(parent.url.path) == true)
        #expect(error?.message.contains("\(ProcessInfo.processInfo.processIdentifier)") == true)
        #expect(FileManager.default.fileExists(atPath: first.temporaryFolder.path + "/upload"))
        #expect(try !canBeLockedByAnotherProcess(parent.url))
        try first.close()
        #expect(try canBeLockedByAnotherProcess(parent.url))
        try DataFolder(parent.url).close()
    }

    private func canBeLockedByAnotherProcess(_ folder: URL) throws -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        process.arguments = ["--nonblock", folder.path + "/LOCK", "true"]
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    // Also one that is let go of without being closed.
    @Test func isReleasedAtTheEnd() throws {
        let parent = try TemporaryFolder()
        do { _ = try DataFolder(parent.url) }
        try DataFolder(parent.url).close()
    }

    @Test func saysWhyItCannotBeUsed() throws {
        let parent = try TemporaryFolder()
        try parent.write("a file", to: "data")
        let error = #expect(throws: RegraftError.self) { try DataFolder(parent.url.appendingPathComponent("data")) }
        #expect(error?.code == "data_folder_unusable" && error?.message.contains("is a file") == true)
        try parent.write("no database at all, and long enough to be seen as none", to: "other/catalog.sqlite")
        let damaged = #expect(throws: RegraftError.self) { try DataFolder(parent.url.appendingPathComponent("other")) }
        #expect(damaged?.code == "catalog_unusable")
        // That failure has let go of the lock.
        try FileManager.default.removeItem(atPath: parent.url.path + "/other/catalog.sqlite")
        try DataFolder(parent.url.appendingPathComponent("other")).close()
    }

    // A server's files would lie among somebody's photos.
    @Test(arguments: [
        (["roses/1.jpg"], true), (["catalog"], true), ([], false),
        (["lost+found/x", ".directory", ".git/config"], false),
        // A first start that was cut off.
        (["LOCK", "tmp/a/b", "blobs/sha256/x"], false),
    ])
    func refusesAFolderOfOthers(_ files: [String], _ isRefused: Bool) throws {
        let parent = try TemporaryFolder()
        for file in files { try parent.write("x", to: file) }
        guard isRefused else { return try DataFolder(parent.url).close() }
        let error = #expect(throws: RegraftError.self) { try DataFolder(parent.url) }
        #expect(error?.code == "data_folder_unusable" && error?.message.contains("other files") == true)
        #expect(!FileManager.default.fileExists(atPath: parent.url.path + "/LOCK"))
    }
}
