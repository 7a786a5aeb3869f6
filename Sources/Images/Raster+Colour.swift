extension Raster {
    /// Every byte to 255 minus itself: CMYK as Adobe stores it becomes CMYK with 255 as full ink.
    func invert() {
        for index in 0..<width * height * 4 { pixels[index] = 255 - pixels[index] }
    }

    /// CMYK (255: full ink) to RGB without a profile: each light is what its ink and black leave over.
    func convertCMYKToRGB() {
        for pixel in stride(from: 0, to: width * height * 4, by: 4) {
            let light = 255 - Int(pixels[pixel + 3])
            for channel in 0..<3 {
                pixels[pixel + channel] = UInt8(((255 - Int(pixels[pixel + channel])) * light + 127) / 255)
            }
        }
    }
}
