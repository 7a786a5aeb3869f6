/// What a message of libjpeg-turbo means for the pixels (`JWRN_` in its jerror.h). It warns and goes on, whatever is
/// wrong: with grey for what is missing, and with garbage after a code that does not exist.
enum JPEGWarning {
    /// The pixels are whole where this is all, but TurboJPEG keeps no later warning.
    case harmless
    /// The pixels are whole: the bytes that were too many stand before EOI, where libjpeg arrives when all is decoded.
    case harmlessAtTheEnd
    /// Neither scan nor file ends where it should.
    case endMissing
    /// Pixels are lost or are garbage: bad codes, restart markers in another order (libjpeg then drops or invents whole
    /// rows of blocks), scans that refine what never came. Also every message that is no warning.
    case damage

    init(_ message: String) {
        let lowered = message.lowercased()
        if lowered.contains("premature end") {
            self = .endMissing
        } else if lowered.contains("extraneous bytes before marker") {
            self = lowered.hasSuffix("0xd9") ? .harmlessAtTheEnd : .harmless
        } else {
            let harmless = ["unknown adobe color transform", "warning: unknown jfif", "invalid sos parameters"]
            self = harmless.contains(where: lowered.hasPrefix) ? .harmless : .damage
        }
    }
}
