extension ContainerOutline {
    /// RIFF chunks, and the canvas of the extended format (RFC 9649, 2.7). libwebp walks the list of frames anew for
    /// each one: 22 s for 100,000, which is a file of 5 MB. It also keeps a record of every chunk, eight times the size
    /// of an empty one.
    mutating func readWebP(_ file: UnsafeRawBufferPointer, _ limits: ImageLimits) {
        // What follows the RIFF chunk is none of libwebp's business.
        let end = min(file.count, 8 + (file.number(at: 4, 4, .little) ?? 0))
        var position = 12
        while position <= end - 8, let size = file.number(at: position + 4, 4, .little), frames <= limits.maximumFrames,
            parts <= limits.maximumParts
        {
            if file.holds("VP8X", at: position), let right = file.number(at: position + 12, 3, .little),
                let bottom = file.number(at: position + 15, 3, .little)
            {
                (width, height) = (right + 1, bottom + 1)
            }
            parts += 1
            if file.holds("ANMF", at: position) { frames += 1 }
            position += 8 + size + size % 2
        }
    }
}
