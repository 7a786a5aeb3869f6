import Domain

/// Photos that should not be on two sides of a split: named alike by `_nohash_`, equal byte for byte, or looking the same.
struct PhotoGroups {
    /// Every photo is in exactly one; by index, ascending.
    let all: [[Int]]
    /// Of each photo, the position of its group.
    let groupOf: [Int]
    /// Of each photo, the number of the set that it would be in if names said nothing: of the same picture.
    let lookOf: [Int]
    /// Photos that share their name with another one, up to `_nohash_`.
    let namesakes: Int

    /// Bits of 64 in which the appearance of two near duplicates may differ. Of 160 pet photos and their copies at half
    /// the size or another JPEG quality, none differs in more than 3; of the 12,720 pairs of different ones, none in fewer
    /// than 5.
    private static let largestDistance = 4

    /// The cosine that the bottlenecks of two near duplicates must have at least, since appearance alone would take a white
    /// cup and a white plate for one picture. A copy at half the size has lost what fine texture told the backbone: the
    /// cosines of those 160 were 0.72 to 0.93. But so have two animals in front of one background (0.81 to 0.96), so the
    /// bottlenecks have to say more where a mistake costs most, between classes, and where the appearance says little,
    /// because most of the picture is flat.
    private static func smallestCosine(_ first: SplitPlan.Photo, _ second: SplitPlan.Photo) -> Double {
        guard first.classIndex == second.classIndex else { return 0.95 }
        let isFull = [first, second].allSatisfy { photo in
            let edges = photo.bottleneck.appearance.nonzeroBitCount
            return min(edges, 64 - edges) >= 16
        }
        return isFull ? 0.65 : 0.95
    }

    /// - Parameter poll: called often; what it throws ends the computation, which takes seconds where thousands look alike.
    /// - Complexity: linear in the number of photos (up to sorting).
    init(_ photos: [SplitPlan.Photo], poll: () throws -> Void) rethrows {
        var copies = DisjointSets(count: photos.count)
        var byDigest: [PhotoDigest: Int] = [:]
        for (index, photo) in photos.enumerated() {
            if let first = byDigest[photo.digest] { copies.join(first, index) } else { byDigest[photo.digest] = index }
        }
        let named = Dictionary(grouping: photos.indices) { Array(photos[$0].path.utf8.stem) }.values
            .filter { $0.count > 1 }
        namesakes = named.reduce(0) { $0 + $1.count }
        var known = copies
        for namesakes in named { for other in namesakes.dropFirst() { known.join(namesakes[0], other) } }
        let links = try Self.lookAlikes(photos, poll)
        var sets = Self.joined(links, photos, known)
        var looks = named.isEmpty ? sets : Self.joined(links, photos, copies)
        lookOf = photos.indices.map { looks.root(of: $0) }
        let roots = photos.indices.map { sets.root(of: $0) }
        let members = Dictionary(grouping: photos.indices, by: { roots[$0] }).sorted { $0.key < $1.key }.map(\.value)
        all = members
        var groupOf = [Int](repeating: 0, count: photos.count)
        for (group, indices) in members.enumerated() { for index in indices { groupOf[index] = group } }
        self.groupOf = groupOf
    }

    func group(of index: Int) -> [Int] { all[groupOf[index]] }

    /// Two photos that look alike.
    private struct Link {
        let first: Int
        let second: Int
        let cosine: Double
    }

    /// Where all photos are of one kind, as scans of characters or parts on one conveyor belt are, a photo has neighbours that
    /// look like it by chance, and these have others, until thousands of different photos hang together in one chain. In a
    /// crowd of copies, and in a film's scene, most of any two look alike; so where few do, the links are no copies, and only
    /// the strongest are kept.
    private static let strengths = [0, 0.98, 0.99]
    private static let crowd = 20
    private static let smallestDensity = 0.2

    private static func joined(_ links: [Link], _ photos: [SplitPlan.Photo], _ known: DisjointSets) -> DisjointSets {
        var (sets, rest) = (known, links)
        var strengthOf = [Double](repeating: 0, count: photos.count)
        for (level, strength) in strengths.enumerated() {
            var attempt = sets
            for link in rest { attempt.join(link.first, link.second) }
            guard level + 1 < strengths.count else { return attempt }
            let groups = Dictionary(grouping: photos.indices) { attempt.root(of: $0) }.values
            for group in groups
            where group.count >= crowd && strengthOf[group[0]] == strength
                && density(group, photos, strength) < smallestDensity
            { for photo in group { strengthOf[photo] = strengths[level + 1] } }
            for link in rest where strengthOf[link.first] <= strength { sets.join(link.first, link.second) }
            rest = rest.filter { strengthOf[$0.first] > strength && $0.cosine >= strengthOf[$0.first] }
            if rest.isEmpty { break }
        }
        return sets
    }

    /// Which part of some pairs of a group look alike.
    private static func density(_ group: [Int], _ photos: [SplitPlan.Photo], _ strength: Double) -> Double {
        var random = SeededRandom(seed: UInt64(group[0]))
        let pairs = 200
        let alike = (0..<pairs).count { _ in
            let first = random.index(below: group.count)
            let second = (first + 1 + random.index(below: group.count - 1)) % group.count
            return link(group[first], group[second], photos).map { $0.cosine >= strength } ?? false
        }
        return Double(alike) / Double(pairs)
    }

    private static func link(_ first: Int, _ second: Int, _ photos: [SplitPlan.Photo]) -> Link? {
        let (left, right) = (photos[first].bottleneck, photos[second].bottleneck)
        guard (left.appearance ^ right.appearance).nonzeroBitCount <= largestDistance else { return nil }
        let cosine = LinearAlgebra.cosine(left.features, right.features)
        guard cosine >= smallestCosine(photos[first], photos[second]) else { return nil }
        return Link(first: first, second: second, cosine: cosine)
    }

    /// Two hashes that differ in at most four bits agree in one of five parts of them (the pigeonhole principle), so it is
    /// enough to compare photos that share a part; each with the few next to it, so that a thousand pictures of the same
    /// background stay cheap. In such a crowd, and in collections of many hundred thousand, a pair may be missed.
    private static func lookAlikes(_ photos: [SplitPlan.Photo], _ poll: () throws -> Void) rethrows -> [Link] {
        let parts = largestDistance + 1
        let window = 32
        var links: [Link] = []
        for part in 0..<parts {
            let (low, high) = (part * 64 / parts, (part + 1) * 64 / parts)
            let mask = (UInt64.max >> UInt64(64 - (high - low))) << UInt64(low)
            let order = photos.indices.sorted { left, right in
                let (first, second) = (photos[left].bottleneck.appearance, photos[right].bottleneck.appearance)
                return (first & mask, first, left) < (second & mask, second, right)
            }
            for position in order.indices {
                if position % 256 == 0 { try poll() }
                let own = photos[order[position]].bottleneck.appearance & mask
                for other in order[(position + 1)...].prefix(window) {
                    guard photos[other].bottleneck.appearance & mask == own else { break }
                    if let link = link(order[position], other, photos) { links.append(link) }
                }
            }
        }
        return links
    }
}

/// Disjoint sets with path halving (Tarjan, van Leeuwen, 1984); the smallest index of a set is its root.
struct DisjointSets {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    mutating func root(of index: Int) -> Int {
        var index = index
        while parents[index] != index {
            parents[index] = parents[parents[index]]
            index = parents[index]
        }
        return index
    }

    mutating func join(_ left: Int, _ right: Int) {
        let (first, second) = (root(of: left), root(of: right))
        if first != second { parents[max(first, second)] = min(first, second) }
    }
}
