extension ContainerOutline {
    /// The items of an ISO base media file (ISO/IEC 14496-12, 8.11.6): pictures, tiles of pictures, EXIF blocks.
    mutating func readISO(_ file: UnsafeRawBufferPointer, _ limits: ImageLimits) {
        for meta in boxes(file, 0..<file.count, "meta", limit: limits.maximumParts) {
            // Version and flags come first in both.
            for items in boxes(file, meta.dropFirst(4), "iinf", limit: limits.maximumParts) {
                let countSize = file.number(at: items.lowerBound, 1) == 0 ? 2 : 4
                parts += file.number(at: items.lowerBound + 4, countSize) ?? 0
                // Whatever the count says.
                let entries = boxes(file, items.dropFirst(4 + countSize), "infe", limit: limits.maximumParts)
                parts = max(parts, entries.count)
            }
        }
    }

    /// The contents of the boxes of one kind within `range`, up to `limit` and one beyond.
    private func boxes(
        _ file: UnsafeRawBufferPointer, _ range: Range<Int>, _ kind: StaticString, limit: Int
    ) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var position = range.lowerBound
        while found.count <= limit, position <= range.upperBound - 8, var size = file.number(at: position, 4) {
            var header = 8
            if size == 1 {
                size = file.number(at: position + 8, 8) ?? 0
                header = 16
            } else if size == 0 {  // to the end
                size = range.upperBound - position
            }
            guard size >= header, size <= range.upperBound - position else { break }
            if file.holds(kind, at: position + 4) { found.append(position + header..<position + size) }
            position += size
        }
        return found
    }
}
