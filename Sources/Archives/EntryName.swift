/// An entry's name as the archive has it, before anything is made of it.
struct EntryName {
    let bytes: [UInt8]
    /// Where bytes that are not UTF-8 have a meaning all the same: in zip.
    let isZip: Bool
    /// Zip's general purpose flag, bit 11.
    var saysUTF8 = false

    /// Exactly the archive's Unicode.
    ///
    /// Zips without the flag: UTF-8 where it is valid, since Macs and many libraries write it without saying so, and else
    /// code page 437, which APPNOTE.TXT (appendix D.1) prescribes. Names in other old code pages come out distorted, but
    /// readable in part and distinct.
    /// - Returns: nil where the bytes are not UTF-8 and should be.
    var text: String? {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        guard isZip, !saysUTF8 else { return nil }
        var text = String.UnicodeScalarView()
        for byte in bytes {
            text.append(byte < 0x80 ? Unicode.Scalar(byte) : Self.codePage437[Int(byte) - 0x80])
        }
        return String(text)
    }

    /// Characters 0x80 to 0xFF.
    private static let codePage437 = Array(
        ("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ" + "áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐"
            + "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀" + "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}").unicodeScalars)
}
