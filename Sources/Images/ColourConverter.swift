import CLCMS

/// Pixels of a photo's own colour space to sRGB, by its embedded ICC profile, through Little CMS.
///
/// Not Sendable: it keeps the transforms of the last few profiles, because making one costs as much as decoding a small
/// photo and a folder of photos mostly comes from a few cameras.
package final class ColourConverter {
    private struct Entry {
        let profile: [UInt8]
        let isCMYK: Bool
        /// Nil where the profile is broken or is for other colours.
        let transform: cmsHTRANSFORM?
    }

    private var entries: [Entry] = []
    private static let capacity = 8
    /// Larger profiles are used and forgotten, so that a worker keeps 8 MiB of them at most and not the 130 MB that
    /// eight JPEG files can hold. Cameras write less than 4 KiB; profiles of printing presses (CMYK) have 0.5 to 1 MB
    /// as a rule.
    package static let largestKept = 1 << 20

    package init() {}

    /// Bytes of the profiles that are kept.
    package var keptBytes: Int { entries.reduce(0) { $0 + $1.profile.count } }

    deinit { for entry in entries { entry.transform.map(cmsDeleteTransform) } }

    /// Converts RGBX pixels, or CMYK ones with 255 as full ink, to RGBX in place.
    /// - Returns: false, and the pixels as they were, where the profile does not fit them.
    package func convert(_ raster: Raster, by profile: [UInt8], isCMYK: Bool) -> Bool {
        let isKept = profile.count <= Self.largestKept
        let found = isKept ? transform(profile, isCMYK: isCMYK) : Self.make(profile, isCMYK: isCMYK)
        guard let found, let pixels = raster.pixels.baseAddress else { return false }
        cmsDoTransform(found, pixels, pixels, UInt32(raster.width * raster.height))
        if !isKept { cmsDeleteTransform(found) }
        return true
    }

    private func transform(_ profile: [UInt8], isCMYK: Bool) -> cmsHTRANSFORM? {
        if let index = entries.firstIndex(where: { $0.isCMYK == isCMYK && $0.profile == profile }) {
            return entries[index].transform
        }
        if entries.count >= Self.capacity { entries.removeFirst().transform.map(cmsDeleteTransform) }
        let made = Self.make(profile, isCMYK: isCMYK)
        entries.append(Entry(profile: profile, isCMYK: isCMYK, transform: made))
        return made
    }

    private static func make(_ profile: [UInt8], isCMYK: Bool) -> cmsHTRANSFORM? {
        guard let source = cmsOpenProfileFromMem(profile, UInt32(profile.count)) else { return nil }
        defer { cmsCloseProfile(source) }
        guard let target = cmsCreate_sRGBProfile() else { return nil }
        defer { cmsCloseProfile(target) }
        let format: UInt32
        switch (cmsGetColorSpace(source), isCMYK) {
        case (cmsSigCmykData, true): format = REGRAFT_LCMS_CMYK
        case (cmsSigRgbData, false): format = REGRAFT_LCMS_RGBX
        // A grey photo has been decoded to three equal values.
        case (cmsSigGrayData, false): format = REGRAFT_LCMS_GRAYX
        default: return nil
        }
        return cmsCreateTransform(
            source, format, target, REGRAFT_LCMS_RGBX, UInt32(INTENT_RELATIVE_COLORIMETRIC), 0)
    }
}
