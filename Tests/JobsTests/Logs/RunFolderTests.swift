import Foundation
import Jobs
import TestSupport
import Testing

struct RunFolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func isNewWhereSomethingIs() throws {
        let url = folder.url.appendingPathComponent("logs/deep")
        #expect(try RunFolder.make(in: url) == url)
        try folder.write("mine", to: "logs/deep/run-2/notes")
        #expect(try RunFolder.make(in: url).lastPathComponent == "run-3")
        #expect(try folder.contents() == ["logs"])
    }

    // None of those that are begun at once has another's, also where there was none of them before.
    @Test func isOfOneRun() throws {
        for round in 0..<50 {
            let url = folder.url.appendingPathComponent("\(round)")
            let made = Mutexed<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 8) { _ in
                guard let path = try? RunFolder.make(in: url).path else { return }
                made.change { $0.append(path) }
            }
            let expected = [url.path] + (2...8).map { "\(url.path)/run-\($0)" }
            #expect(made.value.sorted() == expected.sorted())
        }
    }
}
