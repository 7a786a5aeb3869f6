import Domain
import Foundation
import Storage
import Testing

@Suite("Datasets", .timeLimit(.minutes(2)))
struct DatasetContractTests {
    @Test(arguments: CatalogUnderTest.all)
    func addingMakesVersions(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        #expect(try await catalog.dataset(pets) == nil)
        let first = try await catalog.add(
            [photo(1, "cat"), photo(2, "dog"), photo(1, "cat", file: "x.jpg")], at: at(1))
        #expect(first.version.number == 1 && first.version.state == .ready && first.version.origin == .images)
        #expect(first.version.imageCount == 2 && first.version.createdAt == at(1) && first.version.job == nil)
        // The third is the first again, under the name it had.
        #expect(first.images.map(\.digest) == [digest(1), digest(2), digest(1)])
        #expect(first.images[0] == first.images[2] && first.images[0].path == "cat/1.jpg")
        #expect(first.images[0].byteCount == 101 && first.images[0].fileName == "1.jpg")
        // Known ones keep their id and version; the same photo under another label is another one.
        let second = try await catalog.add([photo(2, "dog"), photo(1, "dog")], at: at(2))
        #expect(second.version.number == 2 && second.version.imageCount == 3)
        #expect(second.images[0] == first.images[1] && second.images[1].version == 2)
        #expect(try await catalog.digests(version: 1) == [digest(1), digest(2)])
        #expect(try await catalog.digests(version: 2) == [digest(1), digest(2), digest(1)])
        let dataset = try #require(try await catalog.dataset(pets))
        #expect(dataset.current == second.version && dataset.ingesting == nil && dataset.createdAt == at(1))
        #expect(try await catalog.versions(of: pets, before: nil, limit: 9) == [second.version, first.version])
        #expect(try await catalog.versions(of: pets, before: 2, limit: 9) == [first.version])
        #expect(try await catalog.versions(of: pets, before: nil, limit: 1) == [second.version])
    }

    @Test(arguments: CatalogUnderTest.all)
    func listsByName(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        for text in ["b", "B", "a", "b.1", "0"] { try await catalog.add([], to: name(text)) }
        let all = try await catalog.datasets(after: nil, limit: 9).map(\.name.text)
        #expect(all == ["0", "B", "a", "b", "b.1"])
        #expect(try await catalog.datasets(after: name("B"), limit: 2).map(\.name.text) == ["a", "b"])
        // A cursor need not be there.
        #expect(try await catalog.datasets(after: name("a9"), limit: 1).map(\.name.text) == ["b"])
    }

    // Every spelling is a label of its own, and comes back byte by byte.
    @Test(arguments: CatalogUnderTest.all)
    func keepsLabelsExactly(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let labels = [
            "caf\u{E9}", "cafe\u{301}", "Cat", "cat", " cat", "cat ", "猫", "👩‍👩‍👧", "a/b", "'; DROP TABLE image; --", "%",
            "\u{FEFF}cat",
            "\u{202E}tac", String(repeating: "é", count: 100), "1e3", "1000", "\n",
        ]
        for (number, label) in labels.enumerated() {
            let added = try await catalog.add([photo(1, label), photo(number + 10, label)])
            #expect(added.images.count == 2 && added.images[0].version == number + 1)
            #expect(added.images.map(\.fileName) == ["1.jpg", "\(number + 10).jpg"])
        }
        let found = try await catalog.labels(of: pets, version: labels.count)
        #expect(
            found.map { Array($0.label.text.utf8) }
                == labels.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) })
        #expect(found.allSatisfy { $0.images == 2 && $0.splits.isEmpty })
        for (number, label) in labels.enumerated() {
            let digests = try await catalog.digests(version: labels.count, label: label)
            #expect(digests == [digest(1), digest(number + 10)])
        }
        let all = try await catalog.trainingImages(of: pets, version: labels.count)
        let keys = all.map { Array($0.label.text.utf8) + [0] + Array($0.path.utf8) }
        #expect(all.count == 2 * labels.count)
        #expect(keys == keys.sorted { $0.lexicographicallyPrecedes($1) })
    }

    @Test(arguments: CatalogUnderTest.all)
    func pagesImages(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let added = try await catalog.add((0..<25).map { photo($0, $0 % 3 == 0 ? "cat" : "dog") }).images
        try await catalog.recordSplits(
            [added[0].id: .test, added[1].id: .test, added[3].id: .train, 999: .train], of: pets)
        for label in [nil, "cat", "dog"] {
            for split in [nil, Split.test, .train, .validation] {
                var (pages, last): ([DatasetImage], Int64?) = ([], nil)
                while true {
                    let page = try await catalog.images(
                        of: pets, version: 1, label: label.map(Label.init(trusted:)), split: split, after: last,
                        limit: 4)
                    #expect(page.count <= 4)
                    pages += page
                    guard let end = page.last?.id else { break }
                    last = end
                }
                let expected = added.indices.filter { index in
                    let isSplit =
                        switch split {
                        case nil: true
                        case .test: index < 2
                        case .train: index == 3
                        case .validation: false
                        }
                    return isSplit && (label == nil || (label == "cat") == (index % 3 == 0))
                }
                #expect(pages.map(\.id) == expected.map { added[$0].id })
            }
        }
        let counts = try await catalog.labels(of: pets, version: 1)
        #expect(counts.map(\.images) == [9, 16])
        #expect(counts.map(\.splits) == [[.test: 1, .train: 1], [.test: 1]])
    }

    @Test(arguments: CatalogUnderTest.all)
    func relabelsAndRemoves(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let added = try await catalog.add([photo(1, "cat"), photo(2, "cat"), photo(1, "dog")]).images
        try await catalog.recordSplits([added[1].id: .test], of: pets)
        let dog = Label(trusted: "dog")
        // The id stays; the split was for the label it had.
        let relabelled = try await catalog.relabel(added[1].id, of: pets, as: dog, at: at(2))
        #expect(relabelled.image.id == added[1].id && relabelled.image.path == "dog/2.jpg")
        #expect(relabelled.image.version == 2 && relabelled.image.split == nil)
        #expect(relabelled.version.origin == .relabel && relabelled.version.imageCount == 3)
        #expect(try await catalog.image(added[1].id, of: pets) == relabelled.image)
        // Nothing is to be done again, so there is no new version.
        let same = try await catalog.relabel(added[1].id, of: pets, as: dog, at: at(3))
        #expect(same.image == relabelled.image && same.version == relabelled.version)
        // Under the new label it is there already: one of the two goes.
        let merged = try await catalog.relabel(added[0].id, of: pets, as: dog, at: at(3))
        #expect(merged.image == added[2] && merged.version.imageCount == 2)
        // It is still there as the versions before have it, under the last label that it had in them.
        let first = try await catalog.trainingImages(of: pets, version: 1)
        #expect(try await catalog.image(added[0].id, of: pets) == first[0])
        let removed = try await catalog.removeImage(added[2].id, of: pets, at: at(4))
        #expect(removed.origin == .removal && removed.number == 4 && removed.imageCount == 1)
        // Once removed, it may come again, as another one.
        let again = try await catalog.add([photo(1, "dog")]).images[0]
        #expect(again.version == 5 && !added.map(\.id).contains(again.id))
        #expect(try await catalog.image(added[2].id, of: pets) == added[2])
        _ = try await catalog.removeImage(added[1].id, of: pets, at: at(6))
        #expect(try await catalog.image(added[1].id, of: pets) == relabelled.image)
        // Old versions list what they held.
        let old = try await catalog.trainingImages(of: pets, version: 1)
        #expect(old.map(\.path) == ["cat/1.jpg", "cat/2.jpg", "dog/1.jpg"])
        #expect(old.map(\.split) == [nil, .test, nil])
        for (version, held) in [
            2: ["cat/1.jpg", "dog/1.jpg", "dog/2.jpg"], 3: ["dog/1.jpg", "dog/2.jpg"], 4: ["dog/2.jpg"],
        ] {
            #expect(try await catalog.trainingImages(of: pets, version: version).map(\.path) == held)
        }
        #expect(try await catalog.labels(of: pets, version: 1).map(\.images) == [2, 1])
        #expect(try await catalog.digests(version: 1, label: "cat") == [digest(1), digest(2)])
        #expect(try await catalog.image(12_345, of: pets) == nil)
        for gone in [added[0].id, added[1].id, added[2].id, 12_345] {
            #expect(await code { try await catalog.relabel(gone, of: pets, as: dog, at: at(9)) } == "unknown_image")
            #expect(await code { try await catalog.removeImage(gone, of: pets, at: at(9)) } == "unknown_image")
        }
        #expect(try await catalog.dataset(pets)?.current?.number == 6)
    }

    @Test(arguments: CatalogUnderTest.all)
    func namesWhatIsMissing(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        func codes(version: Int) async -> Set<String?> {
            [
                await code { try await catalog.labels(of: pets, version: version) },
                await code { try await catalog.digests(version: version) },
                await code { try await catalog.trainingImages(of: pets, version: version) },
                await code { try await catalog.refusals(of: pets, version: version, after: 0, limit: 1) },
                await code { try await catalog.submit(training(version: version)) },
            ]
        }
        #expect(await codes(version: 1) == ["unknown_dataset"])
        #expect(
            await code { try await catalog.versions(of: pets, before: nil, limit: 1) as [DatasetVersion] }
                == "unknown_dataset")
        #expect(await code { try await catalog.image(1, of: pets) } == "unknown_dataset")
        #expect(await code { try await catalog.removeImage(1, of: pets, at: at(0)) } == "unknown_dataset")
        #expect(await code { try await catalog.recordSplits([:], of: pets) } == "unknown_dataset")
        #expect(await code { try await catalog.deleteDataset(pets) } == "unknown_dataset")
        let image = try await catalog.add([photo(1, "cat")]).images[0]
        #expect(await codes(version: 1) == [nil])
        for version in [0, -1, 2, .max] { #expect(await codes(version: version) == ["unknown_version"]) }
        // Another dataset's photo is not one of this one's.
        try await catalog.add([], to: birds)
        #expect(try await catalog.image(image.id, of: birds) == nil)
        #expect(await code { try await catalog.removeImage(image.id, of: birds, at: at(0)) } == "unknown_image")
    }

    @Test(arguments: CatalogUnderTest.all)
    func deletesWhatNobodyUses(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let model = try await catalog.train()
        let job = try await catalog.submit(training())
        #expect(await code { try await catalog.deleteDataset(pets) } == "dataset_in_use")
        _ = try await catalog.claim(.train)
        #expect(await code { try await catalog.deleteDataset(pets) } == "dataset_in_use")
        _ = try await catalog.requestCancel(job.id, at: at(1))
        #expect(await code { try await catalog.deleteDataset(pets) } == "dataset_in_use")
        _ = try await catalog.recover(at: at(2))
        try await catalog.deleteDataset(pets)
        #expect(try await catalog.dataset(pets) == nil)
        #expect(try await catalog.version(1, of: pets) == model)
        // A new one of that name begins anew.
        let again = try await catalog.add([photo(3, "cat")])
        #expect(again.version.number == 1 && again.version.imageCount == 1)
        #expect(try await catalog.digests(version: 1) == [digest(3)])
    }

    // A request that changes nothing makes no version; with a key it is remembered all the same.
    @Test(arguments: CatalogUnderTest.all)
    func addsNothingThatIsThere(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let first = try await catalog.add([photo(1, "cat"), photo(2, "dog")])
        let again = try await catalog.add([photo(2, "dog")])
        #expect(again.version == first.version && again.images == [first.images[1]])
        #expect(try await catalog.add([photo(2, "dog"), photo(3, "dog")]).version.number == 2)
    }

    // However many edits came after it; that of one that failed counts, and that of one that is under way does not.
    @Test(arguments: CatalogUnderTest.all)
    func knowsTheNewestIngest(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        #expect(await code { try await catalog.newestIngest(of: pets) } == "unknown_dataset")
        try await catalog.add([photo(1, "cat")])
        #expect(try await catalog.newestIngest(of: pets) == nil)
        let lease = try await catalog.beginIngest(mode: .add)
        #expect(try await catalog.newestIngest(of: pets) == nil)
        try await catalog.ingest([photo(2, "cat")], refused: [], lease)
        _ = try await catalog.completeIngest(lease, at: at(1))
        for number in 10..<40 { try await catalog.add([photo(number, "cat")]) }
        #expect(try await catalog.newestIngest(of: pets)?.number == 2)
        let failed = try await catalog.beginIngest()
        _ = try await catalog.finish(failed, as: .failed, error: nil, at: at(2))
        try await catalog.add([photo(50, "cat")])
        let newest = try await catalog.newestIngest(of: pets)
        #expect(newest?.number == 33 && newest?.state == .failed)
    }
}
