import Crypto
public import Domain
import Foundation

/// Which photos are trained on, chosen by and measured on.
///
/// As in `retrain.py`, a photo's place follows from a hash of its name alone, so it stays where it is when others come
/// and go. Mended: the hash is of the path below the image folder, so moving the folder changes nothing; every class has
/// a photo to train on, and one in each other split if it has three or more; and the same picture is never on two sides.
public struct SplitPlan: Sendable {
    public struct Photo: Sendable {
        /// `label/file name`.
        public let path: String
        /// The index of its label: labels themselves are not compared, since two spellings of one Unicode text are equal
        /// to Swift and different to a file system.
        public let classIndex: Int
        public let digest: PhotoDigest
        public let bottleneck: Bottleneck

        public init(path: String, classIndex: Int, digest: PhotoDigest, bottleneck: Bottleneck) {
            self.path = path
            self.classIndex = classIndex
            self.digest = digest
            self.bottleneck = bottleneck
        }
    }

    /// One for each photo.
    public let splits: [Split]
    /// Of each photo, the number of the set that it is in, which is on one side: look-alikes, and photos named alike.
    public let groups: [Int]
    /// Of each photo, the number of the set of copies and look-alikes that it is in whatever their names.
    public let looks: [Int]
    /// Photos that are kept together with others by their names, up to `_nohash_`.
    public let namesakes: Int

    init(splits: [Split], groups: [Int]) {
        self.splits = splits
        self.groups = groups
        (looks, namesakes) = (groups, 0)
    }

    /// - Parameters:
    ///   - validationPercentage, testingPercentage: 0…100 each, together below 100.
    ///   - poll: called often; what it throws ends the computation.
    public init(
        _ photos: [Photo], validationPercentage: Int, testingPercentage: Int, poll: () throws -> Void
    ) rethrows {
        let groups = try PhotoGroups(photos, poll: poll)
        let validation = Double(validationPercentage)
        let testing = Double(testingPercentage)
        // The place of a group is that of its first photo by name. (The lowest place of all its photos would not be uniform:
        // of ten look-alikes one nearly always falls below the percentages, and all ten would be tested on.)
        var splits = [Split](repeating: .train, count: photos.count)
        var places = [Double](repeating: 0, count: photos.count)
        for group in groups.all {
            let first = group.map { photos[$0].path }.min { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            let place = first.map(Self.percentage) ?? 0
            for index in group {
                places[index] = place
                splits[index] = place < validation ? .validation : place < validation + testing ? .test : .train
            }
        }
        let repair = Repair(photos: photos, groups: groups, places: places)
        if validationPercentage > 0 { repair.fill(.validation, &splits) }
        if testingPercentage > 0 { repair.fill(.test, &splits) }
        repair.fill(.train, &splits)
        self.splits = splits
        self.groups = groups.groupOf
        (looks, namesakes) = (groups.lookOf, groups.namesakes)
    }

    /// Where `retrain.py` puts a name: 0…100, uniform over names. What follows `_nohash_` does not count, so several
    /// photos of the same leaf can be kept together by naming them so.
    public static func percentage(_ path: String) -> Double {
        let digest = Insecure.SHA1.hash(data: Data(path.utf8.stem))
        // The 160-bit number modulo 2²⁷ is its last 27 bits.
        let last = digest.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FF_FFFF
        return Double(last) * (100 / Double(0x7FF_FFFF))
    }
}

extension String.UTF8View {
    /// Up to the first `_nohash_` in the file's name, as the tutorial's regular expression `_nohash_.*$` leaves it; a class
    /// may have it in its own name. Bytes, since two spellings of one Unicode text are different files.
    var stem: SubSequence {
        let name = self[(lastIndex(of: UInt8(ascii: "/")) ?? startIndex)...]
        let mark = Array("_nohash_".utf8)
        let start = name.indices.first { name[$0...].starts(with: mark) }
        return self[..<(start ?? endIndex)]
    }
}

/// Gives each class the splits it lacks.
private struct Repair {
    private let photos: [SplitPlan.Photo]
    private let groups: PhotoGroups
    private let places: [Double]
    /// Of each class that has photos: their positions, ascending.
    private let members: [Int: [Int]]

    init(photos: [SplitPlan.Photo], groups: PhotoGroups, places: [Double]) {
        self.photos = photos
        self.groups = groups
        self.places = places
        members = Dictionary(grouping: photos.indices) { photos[$0].classIndex }
    }

    /// Moves, for each class without a photo in `wanted`, the group nearest to that split that can be spared.
    func fill(_ wanted: Split, _ splits: inout [Split]) {
        for (_, members) in members.sorted(by: { $0.key < $1.key }) where members.count >= 3 || wanted == .train {
            guard !members.contains(where: { splits[$0] == wanted }) else { continue }
            // One of each group: what holds for it holds for all of its photos.
            let firsts = Dictionary(members.map { (groups.groupOf[$0], $0) }, uniquingKeysWith: { first, _ in first })
            var candidates = firsts.values.filter { canSpare(groups.group(of: $0), splits) }
            // A class that nothing is learnt of is no use in any split.
            if candidates.isEmpty, wanted == .train { candidates = Array(firsts.values) }
            // Low places are validation and test, high ones train.
            let chosen =
                wanted == .train
                ? candidates.max { (places[$0], $0) < (places[$1], $1) }
                : candidates.min { (places[$0], $0) < (places[$1], $1) }
            guard let chosen else { continue }
            for index in groups.group(of: chosen) { splits[index] = wanted }
        }
    }

    /// Whether every class that the group is of keeps a photo in the split that it would leave.
    private func canSpare(_ group: [Int], _ splits: [Split]) -> Bool {
        Set(group.map { photos[$0].classIndex }).allSatisfy { classIndex in
            members[classIndex, default: []].contains { other in
                splits[other] == splits[group[0]] && groups.groupOf[other] != groups.groupOf[group[0]]
            }
        }
    }
}
