import Domain
import Foundation
import Storage
import Testing

/// Many photos relabelled and removed in one version.
@Suite("Changes of photos", .timeLimit(.minutes(2)))
struct ChangeContractTests {
    private func relabel(_ image: DatasetImage, _ label: String) -> ImageChange {
        ImageChange(image: image.id, action: .relabel(Label(trusted: label)))
    }

    private func delete(_ image: DatasetImage) -> ImageChange { ImageChange(image: image.id, action: .delete) }

    private func paths(_ catalog: any Catalog, _ version: Int) async throws -> [String] {
        try await catalog.trainingImages(of: pets, version: version).map(\.path)
    }

    @Test(arguments: CatalogUnderTest.all)
    func makesOneVersion(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let images = try await catalog.add((1...4).map { photo($0, "cat") }).images
        try await catalog.recordSplits([images[0].id: .test, images[3].id: .test], of: pets)
        let changed = try await catalog.change(
            [relabel(images[0], "dog"), delete(images[1]), relabel(images[2], "owl")], of: pets, idempotency: nil,
            at: at(2))
        #expect(changed.version.number == 2 && changed.version.imageCount == 3 && changed.version.origin == .relabel)
        #expect(changed.version.createdAt == at(2) && changed.version.state == .ready && !changed.isReplay)
        #expect(changed.counts == .init(relabelled: 2, deleted: 1))
        #expect(try await paths(catalog, 2) == ["cat/4.jpg", "dog/1.jpg", "owl/3.jpg"])
        #expect(try await paths(catalog, 1) == ["cat/1.jpg", "cat/2.jpg", "cat/3.jpg", "cat/4.jpg"])
        // The ids stay; a split was for the label that a photo had.
        let now = try #require(try await catalog.image(images[0].id, of: pets))
        #expect(now.label.text == "dog" && now.version == 2 && now.split == nil)
        #expect(try await catalog.image(images[3].id, of: pets)?.split == .test)
        #expect(try await catalog.dataset(pets)?.current == changed.version)
        let removed = try await catalog.change([delete(now)], of: pets, idempotency: nil, at: at(3))
        #expect(removed.version.origin == .removal && removed.version.imageCount == 2)
    }

    // What the order of the changes would decide otherwise.
    @Test(arguments: CatalogUnderTest.all)
    func hasNoOrder(_ kind: CatalogUnderTest) async throws {
        for isReversed in [false, true] {
            let catalog = try kind.make()
            let images = try await catalog.add([photo(1, "cat"), photo(1, "dog"), photo(2, "cat"), photo(2, "dog")])
                .images
            // The same photo under two labels: these swap, and here the one goes whose place the other takes.
            let changes = [
                relabel(images[0], "dog"), relabel(images[1], "cat"), relabel(images[2], "dog"), delete(images[3]),
            ]
            let changed = try await catalog.change(
                isReversed ? changes.reversed() : changes, of: pets, idempotency: nil, at: at(2))
            #expect(changed.counts == .init(relabelled: 3, deleted: 1) && changed.version.imageCount == 3)
            let labels = try await catalog.images(of: pets, version: 2, label: nil, split: nil, after: nil, limit: 9)
            #expect(labels.map(\.id) == images.prefix(3).map(\.id))
            #expect(labels.map(\.label.text) == ["dog", "cat", "dog"])
        }
    }

    // A photo that comes to stand beside itself is there once.
    @Test(arguments: CatalogUnderTest.all)
    func mergesWhatIsThere(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let images = try await catalog.add([photo(1, "cat"), photo(1, "dog"), photo(1, "owl"), photo(2, "cat")]).images
        let changed = try await catalog.change(
            [relabel(images[0], "dog"), relabel(images[2], "dog")], of: pets, idempotency: nil, at: at(2))
        #expect(changed.counts == .init(merged: 2) && changed.version.imageCount == 2)
        #expect(try await paths(catalog, 2) == ["cat/2.jpg", "dog/1.jpg"])
        // The version before still holds it.
        for image in images.prefix(2) { #expect(try await catalog.image(image.id, of: pets) == image) }
    }

    @Test(arguments: CatalogUnderTest.all)
    func changesAllOrNothing(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let images = try await catalog.add([photo(1, "cat"), photo(2, "cat")]).images
        try await catalog.add([photo(3, "cat")], to: birds)
        let other = try #require(try await catalog.trainingImages(of: birds, version: 1).first)
        let attempts: [([ImageChange], String)] = [
            ([delete(images[0]), ImageChange(image: 999, action: .delete)], "unknown_image"),
            ([delete(images[0]), delete(other)], "unknown_image"),
            ([delete(images[0]), relabel(images[1], "dog"), relabel(images[0], "dog")], "image_changed_twice"),
        ]
        for (changes, expected) in attempts {
            let found = await code { try await catalog.change(changes, of: pets, idempotency: nil, at: at(2)) }
            #expect(found == expected)
        }
        #expect(try await catalog.dataset(pets)?.current?.number == 1)
        #expect(try await paths(catalog, 1) == ["cat/1.jpg", "cat/2.jpg"])
        #expect(
            await code { try await catalog.change([], of: name("none"), idempotency: nil, at: at(2)) }
                == "unknown_dataset")
        // The numbers of versions are handed out to those that come to something.
        #expect(
            try await catalog.change([delete(images[0])], of: pets, idempotency: nil, at: at(3)).version.number == 2)
        _ = try await catalog.beginIngest()
        #expect(
            await code { try await catalog.change([delete(images[1])], of: pets, idempotency: nil, at: at(4)) }
                == "dataset_busy")
    }

    @Test(arguments: CatalogUnderTest.all)
    func makesNoVersionOfNothing(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let images = try await catalog.add([photo(1, "cat"), photo(2, "cat")]).images
        for changes in [[], [relabel(images[0], "cat")]] {
            let changed = try await catalog.change(changes, of: pets, idempotency: nil, at: at(2))
            #expect(changed.version.number == 1 && changed.counts == .init())
        }
        #expect(try await catalog.image(images[0].id, of: pets) == images[0])
    }

    @Test(arguments: CatalogUnderTest.all)
    func remembersAKey(_ kind: CatalogUnderTest) async throws {
        let catalog = try kind.make()
        let images = try await catalog.add([photo(1, "cat"), photo(2, "cat")]).images
        let changes = [delete(images[0])]
        let first = try await catalog.change(changes, of: pets, idempotency: key("k"), at: at(2))
        try await catalog.add([photo(9, "cat")])
        // The photo is gone by now, and the answer is what it was.
        let again = try await catalog.change(changes, of: pets, idempotency: key("k"), at: at(3))
        #expect(again.isReplay && again.version == first.version && again.counts == first.counts)
        #expect(
            await code { try await catalog.change(changes, of: pets, idempotency: key("k", asking: "b"), at: at(3)) }
                == "idempotency_key_reused")
        #expect(try await catalog.dataset(pets)?.current?.number == 3)
        // A dataset that was deleted since is another one.
        try await catalog.deleteDataset(pets)
        try await catalog.add([photo(1, "cat")])
        #expect(
            await code { try await catalog.change(changes, of: pets, idempotency: key("k"), at: at(4)) }
                == "unknown_image")
    }
}
