/// What is read of an ICC profile without a colour engine.
enum ICCProfile {
    /// Whether the profile calls itself sRGB in its description, in which case nothing needs converting. Most photos
    /// carry one of these, and a conversion costs as much as decoding a small photo.
    ///
    /// Layout: ICC.1:2010, 7.3 (tag table); `desc` holds ASCII in version 2 and UTF-16 in version 4.
    static func isSRGB(_ profile: [UInt8]) -> Bool {
        func number(at offset: Int) -> Int? {
            guard offset >= 0, offset + 4 <= profile.count else { return nil }
            return profile[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        guard let tags = number(at: 128), tags <= 100 else { return false }
        for tag in 0..<tags {
            let entry = 132 + tag * 12
            guard let signature = number(at: entry), let offset = number(at: entry + 4),
                let size = number(at: entry + 8)
            else { return false }
            guard signature == 0x6465_7363 else { continue }  // "desc"
            guard offset >= 0, size >= 0, size < 4096, offset + size <= profile.count else { return false }
            let letters = profile[offset..<offset + size].filter { $0 != 0 }
            let text = String(decoding: letters, as: UTF8.self)
            return text.contains("sRGB")
        }
        return false
    }
}
