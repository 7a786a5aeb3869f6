import Domain
import Foundation
import Jobs
import Storage
import TestSupport
import Testing

@Suite("Ingest", .timeLimit(.minutes(2)))
struct IngestTests {
    private let folder: TemporaryFolder
    private let catalog = InMemoryCatalog()

    init() throws { folder = try TemporaryFolder() }

    /// - Parameter heard: called with what the job says.
    private func ingest(
        _ archive: [UInt8], layout: IngestSpecification.Layout = .automatic, mode: IngestSpecification.Mode = .replace,
        heard: @escaping @Sendable (JobEventData) -> Void = { _ in }
    ) async throws -> Job {
        let workplace = try Workplace(folder, catalog: catalog)
        workplace.listen { _, _, event in heard(event) }
        let id = try await workplace.submitIngest(archive, layout: layout, mode: mode)
        return try await workplace.running { try await workplace.end(of: id) }
    }

    private func ingest(
        _ files: [(String, Data)], layout: IngestSpecification.Layout = .automatic,
        mode: IngestSpecification.Mode = .replace
    ) async throws -> Job {
        try await ingest(MadeArchive.zip(files), layout: layout, mode: mode)
    }

    /// `label/file name` of the newest version's photos.
    private func paths() async throws -> [String] {
        let version = try #require(try await catalog.dataset(name("colours"))?.current)
        return try await catalog.trainingImages(of: name("colours"), version: version.number).map(\.path)
    }

    /// Path and code of each file in the report of a version.
    private func report(_ version: Int = 1) async throws -> [String] {
        try await catalog.refusals(of: name("colours"), version: version, after: 0, limit: 100)
            .map { refusal in
                #expect(!refusal.file.reason.isEmpty)
                return "\(refusal.file.path) \(refusal.file.code)"
            }
    }

    private let photo = MadePhoto.png("red", 1)
    private let other = MadePhoto.png("red", 2)

    @Test(arguments: [
        (["red/a.png", "green/b.png"], ["green/b.png", "red/a.png"]),
        // One folder around all of them, and the rest of the path is as it was.
        (["top/red/a.png", "top/green/b.png"], ["green/b.png", "red/a.png"]),
        // A class of its own beside it: then it is no folder around all.
        (["top/red/a.png", "red/b.png"], ["red/b.png"]),
        (["red/a.png"], ["red/a.png"]),
        (["größe ÷ 2/a.png", "日本/b.png"], ["größe ÷ 2/a.png", "日本/b.png"]),
    ])
    func takesLabelsFromFolders(_ files: [String], _ expected: [String]) async throws {
        let photos = [photo, other]
        let job = try await ingest(files.enumerated().map { ($1, photos[$0]) })
        #expect(job.state == .succeeded, "\(job.error?.message ?? "")")
        #expect(try await paths() == expected)
    }

    @Test func saysWhyAFileHasNoLabel() async throws {
        let job = try await ingest([
            ("red/a.png", photo), ("lost.png", other), ("red/deep/c.png", MadePhoto.png("red", 3)),
            (String(repeating: "x", count: 201) + "/d.png", MadePhoto.png("red", 4)),
        ])
        #expect(job.state == .succeeded)
        #expect(try await paths() == ["red/a.png"])
        #expect(
            try await report() == [
                "lost.png no_label", "red/deep/c.png nested_folder",
                String(repeating: "x", count: 201) + "/d.png invalid_label",
            ])
    }

    @Test func takesLabelsFromNames() async throws {
        let job = try await ingest(
            [
                ("Maine_Coon_12.png", photo), ("pug_1.png", other), ("images/pug_2.png", MadePhoto.png("red", 3)),
                ("pug.png", MadePhoto.png("red", 4)),
            ], layout: .fileName)
        #expect(job.state == .succeeded)
        #expect(try await paths() == ["Maine_Coon/Maine_Coon_12.png", "pug/pug_1.png", "pug/pug_2.png"])
        #expect(try await report() == ["pug.png no_label"])
    }

    @Test(arguments: [
        "file,label\na.png,red\nsub/b.png,\"green, dark\"\n",
        "\u{FEFF}a.png,red\r\nsub/b.png,\"green, dark\"\r\n",
        "id,class,path\n1,red,a.png\n2,\"green, dark\",sub/b.png",
    ])
    func takesLabelsFromAList(_ list: String) async throws {
        let files = [("a.png", photo), ("sub/b.png", other), ("c.png", MadePhoto.png("red", 3))]
        for (folder, layout) in [("", IngestSpecification.Layout.csv), ("top/", .automatic)] {
            let all = files.map { (folder + $0.0, $0.1) } + [(folder + "labels.csv", Data(list.utf8))]
            let job = try await ingest(all, layout: layout)
            #expect(job.state == .succeeded, "\(job.error?.message ?? "")")
            #expect(try await paths() == ["green, dark/b.png", "red/a.png"])
            // All files but the list.
            #expect(job.progress.done == 3 && job.progress.total == 3)
        }
        #expect(try await report() == ["c.png no_label"])
    }

    @Test(arguments: [
        ("", "invalid_labels_csv"), ("\n", "invalid_labels_csv"), ("file,label\n", "invalid_labels_csv"),
        ("a.png\n", "invalid_labels_csv"), ("a.png,\n", "invalid_labels_csv"), ("\"a.png,red\n", "invalid_labels_csv"),
        ("a.png,\u{FF}", nil),
    ])
    func saysWhatIsWrongWithAList(_ list: String, _ code: String?) async throws {
        let job = try await ingest([("a.png", photo), ("labels.csv", Data(list.utf8))])
        #expect(job.error?.code == code && (code == nil) == (job.state == .succeeded), "\(job)")
    }

    @Test func needsTheListThatItIsTold() async throws {
        let job = try await ingest([("a.png", photo)], layout: .csv)
        #expect(job.state == .failed && job.error?.code == "missing_labels_csv")
        let bytes = try await ingest([("a.png", photo), ("labels.csv", Data([0x61, 0x2C, 0xFF]))])
        #expect(bytes.error?.code == "invalid_labels_csv" && bytes.error?.message.contains("UTF-8") == true)
    }

    @Test func refusesWhatIsNoPhoto() async throws {
        let job = try await ingest([
            ("red/a.png", photo), ("red/cut.png", photo.prefix(photo.count / 2)), ("red/notes.txt", Data("text".utf8)),
            ("red/empty.png", Data()), ("red/b.png", other),
        ])
        #expect(job.state == .succeeded)
        #expect(try await paths() == ["red/a.png", "red/b.png"])
        let codes = try await report()
        #expect(codes.map { $0.split(separator: " ")[0] } == ["red/cut.png", "red/notes.txt", "red/empty.png"])
        let warning = try await catalog.events(of: job.id, after: 0, limit: 100).first { $0.kind == .warning }
        #expect(warning?.data.contains("3 files were not taken") == true)
    }

    // Rows of a list whose files are missing, and files in hidden folders, are not passed over in silence.
    @Test func reportsWhatIsNotThere() async throws {
        let list = "file,label\na.png,red\nsub/b.png,red\nlost.png,red\nsub/gone.png,blue\n"
        let job = try await ingest([("a.png", photo), ("sub/b.png", other), ("labels.csv", Data(list.utf8))])
        #expect(job.state == .succeeded && job.progress.done == 2 && job.progress.total == 2)
        #expect(try await paths() == ["red/a.png", "red/b.png"])
        #expect(try await report() == ["lost.png missing_file", "sub/gone.png missing_file"])
        _ = try await ingest([("red/a.png", photo), (".old/red/b.png", other), ("..hidden/b.png", other)])
        #expect(try await report(2) == [".old/red/b.png refused_entry", "..hidden/b.png refused_entry"])
    }

    @Test func takesTheSamePhotoOnce() async throws {
        let job = try await ingest([("red/a.png", photo), ("red/b.png", photo), ("blue/c.png", photo)])
        #expect(job.state == .succeeded)
        // Under two labels it is a contradiction, which training warns of.
        #expect(try await paths() == ["blue/c.png", "red/a.png"])
        #expect(try await report() == ["red/b.png duplicate"])
    }

    @Test func addsOrReplaces() async throws {
        _ = try await ingest([("red/a.png", photo)])
        _ = try await ingest([("red/b.png", other), ("red/c.png", photo)], mode: .add)
        #expect(try await paths() == ["red/a.png", "red/b.png"])
        _ = try await ingest([("red/b.png", other)], mode: .replace)
        #expect(try await paths() == ["red/b.png"])
    }

    @Test func failsWithAReasonWhereNothingCanBeUsed() async throws {
        let job = try await ingest([("red/a.txt", Data("text".utf8)), ("b.png", photo)])
        #expect(job.state == .failed && job.error?.code == "no_usable_images" && job.attempt == 1)
        let message = try #require(job.error?.message)
        #expect(message.contains("red/a.txt") && message.contains("roses/1.jpg"))
        #expect(try await report() == ["b.png no_label", "red/a.txt unsupported_format"])
        let empty = try await ingest(MadeArchive.zip([]))
        #expect(empty.state == .failed && empty.error?.code == "no_usable_images")
        #expect(try await catalog.dataset(name("colours"))?.current == nil)
    }

    // What is in no list is counted: hidden files, and what systems leave behind.
    @Test func countsWhatItPassesOver() async throws {
        let noise = [
            ("red/.DS_Store", photo), ("__MACOSX/red/._a.png", photo), ("red/Thumbs.db", photo), ("blue/.b.png", other),
        ]
        let job = try await ingest([("red/a.png", photo)] + noise + [("blue/b.png", other)] + noise.prefix(1))
        #expect(job.state == .succeeded && job.progress.done == 2)
        #expect(try await catalog.dataset(name("colours"))?.current?.ignoredCount == 5)
        let failed = try await ingest(noise)
        #expect(failed.state == .failed && failed.error?.code == "no_usable_images")
        #expect(failed.error?.message.contains("passed over: 4.") == true, "\(failed.error?.message ?? "")")
        let versions: [DatasetVersion] = try await catalog.versions(of: name("colours"), before: nil, limit: 1)
        #expect(versions.first?.ignoredCount == 4 && versions.first?.refusedCount == 0)
    }

    @Test(arguments: [(1_000, "names them all"), (1_001, "names the first 1000 of 1001")])
    func saysHowMuchOfAReportIsKept(_ count: Int, _ words: String) async throws {
        let job = try await ingest((0..<count).map { ("red/\($0).txt", Data()) })
        #expect(job.error?.message.contains(words) == true, "\(job.error?.message ?? "")")
        #expect(try await catalog.refusals(of: name("colours"), version: 1, after: 0, limit: 2_000).count == 1_000)
    }

    // The room that is to be kept is used up while photos come.
    @Test func endsWhereRoomIsShort() async throws {
        let calls = Mutexed(0)
        let room = KeptRoom(minimum: 100) {
            let call = calls.change { count in
                count += 1
                return count
            }
            return call > 1 ? 99 : 100
        }
        let workplace = try Workplace(folder, catalog: catalog, room: room)
        let id = try await workplace.submitIngest(MadeArchive.zip(colours: 40))
        let job = try await workplace.running { try await workplace.end(of: id) }
        #expect(job.state == .failed && job.error?.code == "disk_full" && job.attempt == 1)
        #expect(job.error?.message.contains("data.minimum_free_bytes") == true, "\(job.error?.message ?? "")")
    }

    @Test(arguments: ["zip", "tar"])
    func failsWhereTheArchiveIsCutOff(_ kind: String) async throws {
        let files = MadeArchive.photos(8)
        let whole = kind == "zip" ? MadeArchive.zip(files) : MadeArchive.tar(files)
        let job = try await ingest(Array(whole.prefix(whole.count * 2 / 3)))
        #expect(job.state == .failed && job.error?.code == "damaged_archive" && job.attempt == 1)
        #expect(job.error?.message.contains("cut off") == true, "\(job.error?.message ?? "")")
        let version: DatasetVersion? = try await catalog.versions(of: name("colours"), before: nil, limit: 1).first
        #expect(version?.state == .failed && version?.imageCount == 0)
        // The next one is not kept from coming.
        #expect(try await ingest(whole).state == .succeeded)
    }

    @Test func failsWhereTheArchiveIsNone() async throws {
        let job = try await ingest(Array("text".utf8))
        #expect(job.state == .failed && job.error?.code == "not_an_archive" && job.attempt == 1)
    }

    /// How many photos there are is known before the first is taken: from a zip's directory at once, from a tar after it has
    /// been gone through, which is counted in bytes.
    @Test(arguments: ["zip", "tar"])
    func countsPhotos(_ kind: String) async throws {
        let told = Mutexed<[JobProgress]>([])
        // More than a batch of them.
        let files = MadeArchive.photos(40) + [("red/notes.txt", Data("text".utf8)), ("lost.png", photo)]
        let job = try await ingest(kind == "zip" ? MadeArchive.zip(files) : MadeArchive.tar(files)) { event in
            if case .progress(let progress) = event { told.change { $0.append(progress) } }
        }
        #expect(job.state == .succeeded)
        #expect(job.progress.phase == .ingest && job.progress.unit == .photos)
        #expect(job.progress.done == 122 && job.progress.total == 122)
        let photos = told.value.filter { $0.unit == .photos }
        #expect(photos.first?.done == 0 && photos.last?.done == 122 && photos.allSatisfy { $0.total == 122 })
        let bytes = told.value.prefix { $0.unit == .bytes }
        #expect(bytes.count + photos.count == told.value.count)
        #expect(!bytes.isEmpty && bytes.allSatisfy { $0.done <= $0.total && $0.total > 100_000 })
        let event = try await catalog.events(of: job.id, after: 0, limit: 100).last { $0.kind == .progress }
        #expect(event?.data.contains(#""unit":"photos""#) == true && event?.data.contains(#""total":122"#) == true)
    }
}
