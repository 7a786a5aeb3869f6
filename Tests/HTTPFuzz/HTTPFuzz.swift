/// What libFuzzer calls. The first byte says which parser the rest is for; `scripts/fuzz-http.sh` writes the seeds.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    var input = Input(UnsafeBufferPointer(start: start, count: count))
    switch input.choice() {
    case UInt8(ascii: "H"): HeadTarget.run(&input)
    case UInt8(ascii: "C"): ChunkedTarget.run(&input)
    case UInt8(ascii: "M"): MultipartTarget.run(&input)
    case UInt8(ascii: "T"): TargetTarget.run(&input)
    case UInt8(ascii: "P"): FieldTarget.parameters(&input)
    case UInt8(ascii: "R"): FieldTarget.range(&input)
    case UInt8(ascii: "D"): FieldTarget.date(&input)
    case UInt8(ascii: "E"): FieldTarget.tags(&input)
    default: return -1  // not to be kept
    }
    return 0
}
