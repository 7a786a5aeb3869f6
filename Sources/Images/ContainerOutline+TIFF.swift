extension ContainerOutline {
    private enum Tag {
        static let (width, height, compression) = (256, 257, 259)
        static let (stripOffsets, stripSizes, tileOffsets, tileSizes) = (273, 279, 324, 325)
        static let jpeg = 7
    }

    /// 50 million pixels in tiles of 16 × 16 are fewer.
    private static let maximumTiles = 1 << 18

    /// Page list and first page (TIFF 6.0, section 2; BigTIFF has 64-bit offsets and counts). Tiles of JPEG are decoded
    /// by libvips without a limit on their scans, strips by libtiff with one of 100.
    mutating func readTIFF(_ file: UnsafeRawBufferPointer, _ limits: ImageLimits) {
        guard let directory = TIFFDirectory(file) else { return }
        var next: TIFFDirectory? = directory
        var seen: Set<Int> = []
        while let page = next, frames <= limits.maximumFrames, seen.insert(page.offset).inserted {
            frames += 1
            next = page.next
        }
        width = directory.values(Tag.width, atMost: 1).first
        height = directory.values(Tag.height, atMost: 1).first
        guard directory.values(Tag.compression, atMost: 1).first == Tag.jpeg else { return }
        for (offsetTag, sizeTag) in [(Tag.stripOffsets, Tag.stripSizes), (Tag.tileOffsets, Tag.tileSizes)] {
            let offsets = directory.values(offsetTag, atMost: Self.maximumTiles + 1)
            // Looking at what follows would cost what this is to prevent.
            guard offsets.count <= Self.maximumTiles else {
                parts = offsets.count
                return
            }
            let sizes = directory.values(sizeTag, atMost: offsets.count)
            for (index, offset) in offsets.enumerated() where offset < file.count {
                let size = index < sizes.count ? sizes[index] : file.count
                let part = offset..<offset + min(size, file.count - offset)
                jpegParts[part, default: 0] += 1
            }
        }
    }
}

/// One image file directory.
private struct TIFFDirectory {
    let offset: Int
    private let file: UnsafeRawBufferPointer
    private let order: ByteOrder
    private let isBig: Bool
    private let entries: Int

    init?(_ file: UnsafeRawBufferPointer) {
        order = file.number(at: 0, 2) == 0x4949 ? .little : .big
        isBig = file.number(at: 2, 2, order) == 43
        self.file = file
        guard let offset = file.number(at: isBig ? 8 : 4, isBig ? 8 : 4, order),
            let entries = file.number(at: offset, isBig ? 8 : 2, order)
        else { return nil }
        (self.offset, self.entries) = (offset, entries)
    }

    private init?(_ other: TIFFDirectory, at offset: Int) {
        (file, order, isBig) = (other.file, other.order, other.isBig)
        guard offset > 0, let entries = file.number(at: offset, isBig ? 8 : 2, order) else { return nil }
        (self.offset, self.entries) = (offset, entries)
    }

    private var entrySize: Int { isBig ? 20 : 12 }
    private var first: Int { offset + (isBig ? 8 : 2) }

    var next: TIFFDirectory? {
        guard entries <= file.count / entrySize else { return nil }
        return file.number(at: first + entries * entrySize, isBig ? 8 : 4, order).flatMap {
            TIFFDirectory(self, at: $0)
        }
    }

    /// The first whole numbers of the first entry with this tag: libtiff ignores others. Empty where there is none.
    func values(_ tag: Int, atMost limit: Int) -> [Int] {
        guard entries <= file.count / entrySize else { return [] }
        for index in 0..<entries {
            let entry = first + index * entrySize
            guard let found = file.number(at: entry, 2, order) else { return [] }
            guard found == tag else { continue }
            let wide = isBig ? 8 : 4
            guard let kind = file.number(at: entry + 2, 2, order), let size = Self.sizes[kind],
                let count = file.number(at: entry + 4, wide, order), count <= file.count / size
            else { return [] }
            let place = entry + 4 + wide
            let start = size * count <= wide ? place : file.number(at: place, wide, order)
            guard let start, start <= file.count else { return [] }
            return (0..<min(count, limit)).map { file.number(at: start + $0 * size, size, order) ?? 0 }
        }
        return []
    }

    /// Bytes of each integer type.
    private static let sizes = [1: 1, 3: 2, 4: 4, 6: 1, 8: 2, 9: 4, 13: 4, 16: 8, 17: 8]
}
