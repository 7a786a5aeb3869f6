import COpenVINO
import Domain

/// A backbone compiled by OpenVINO for this machine's processor.
///
/// `@unchecked Sendable`: the handle is set once and OpenVINO documents a compiled model as safe to share.
public final class OpenVINOEngine: InferenceEngine, @unchecked Sendable {
    public let backbone: Backbone
    public let streamCount: Int
    private let network: regraft_ov_network
    private let outputs: [BackboneOutput]

    /// Reads and compiles the network: a tenth of a second to a few.
    /// - Parameters:
    ///   - outputs: only these are computed.
    ///   - streams: inferences side by side; 0 leaves it to OpenVINO's throughput hint.
    /// - Throws: `RegraftError` when the file is no network that OpenVINO can run, or lacks a tensor of the descriptor.
    public init(_ backbone: Backbone, outputs: [BackboneOutput] = [.features], streams: Int = 0) throws {
        let descriptor = backbone.descriptor
        let names = try outputs.map { output in
            guard let name = descriptor.outputs.tensor(output) else {
                throw RegraftError(
                    "missing_output", "The descriptor of the backbone '\(descriptor.id)' names no \(output) tensor.")
            }
            return name
        }
        let compiled = withCStrings(names) { names in
            var options = regraft_ov_options()
            options.width = Int32(descriptor.input.width)
            options.height = Int32(descriptor.input.height)
            options.channels_last = descriptor.input.layout == .nhwc ? 1 : 0
            options.is_bgr = descriptor.input.channels == .bgr ? 1 : 0
            options.mean = (descriptor.input.mean[0], descriptor.input.mean[1], descriptor.input.mean[2])
            options.std = (descriptor.input.std[0], descriptor.input.std[1], descriptor.input.std[2])
            options.outputs = names.baseAddress
            options.output_count = names.count
            options.streams = Int32(streams)
            return backbone.file.path.withCString { path in
                descriptor.input.tensor.withCString { input in
                    options.path = path
                    options.input = input
                    return withErrorText { regraft_ov_compile(&options, $0, $1) }
                }
            }
        }
        let network = try compiled.mapError {
            RegraftError("backbone_unusable", "OpenVINO cannot run the backbone '\(descriptor.id)': \($0.text)")
        }.get()
        self.network = network
        self.backbone = backbone
        self.outputs = outputs
        streamCount = Int(regraft_ov_stream_count(network))
        if let index = outputs.firstIndex(of: .features) {
            let size = regraft_ov_output_size(network, index)
            // Every property is set by now, so `deinit` runs and frees the network.
            guard size == descriptor.featureCount else {
                throw RegraftError(
                    "feature_count_mismatch",
                    "The backbone '\(descriptor.id)' gives \(size) features, its descriptor says "
                        + "\(descriptor.featureCount).")
            }
        }
    }

    deinit { regraft_ov_network_free(network) }

    /// For the log: OpenVINO's version and build.
    public static var version: String { String(cString: regraft_ov_version()) }

    public func size(of output: BackboneOutput) -> Int {
        outputs.firstIndex(of: output).map { regraft_ov_output_size(network, $0) } ?? 0
    }

    public func shape(of output: BackboneOutput) -> [Int] {
        guard let index = outputs.firstIndex(of: output) else { return [] }
        var lengths = [Int](repeating: 0, count: 8)
        let count = regraft_ov_output_shape(network, index, &lengths, lengths.count)
        return Array(lengths.prefix(count).dropFirst())
    }

    public func makeSession() throws -> any InferenceSession {
        let request = try withErrorText { regraft_ov_request_create(network, $0, $1) }
            .mapError { RegraftError("inference_failed", "OpenVINO could not make a request: \($0.text)") }.get()
        return OpenVINOSession(self, request, outputs)
    }
}

/// Keeps its engine alive for as long as it lives.
private final class OpenVINOSession: InferenceSession {
    private let engine: OpenVINOEngine
    private let request: regraft_ov_request
    private let outputs: [BackboneOutput]
    let input: UnsafeMutableBufferPointer<UInt8>

    init(_ engine: OpenVINOEngine, _ request: regraft_ov_request, _ outputs: [BackboneOutput]) {
        self.engine = engine
        self.request = request
        self.outputs = outputs
        let size = engine.backbone.descriptor.input
        input = UnsafeMutableBufferPointer(
            start: regraft_ov_request_input(request), count: size.width * size.height * 3)
    }

    deinit { regraft_ov_request_free(request) }

    func run() throws {
        _ = try withErrorText { regraft_ov_request_infer(request, $0, $1) == 0 ? true : nil }
            .mapError { RegraftError("inference_failed", "OpenVINO failed: \($0.text)") }.get()
    }

    func output(_ output: BackboneOutput) -> UnsafeBufferPointer<Float> {
        guard let index = outputs.firstIndex(of: output) else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(start: regraft_ov_request_output(request, index), count: engine.size(of: output))
    }
}

extension BackboneDescriptor.Outputs {
    fileprivate func tensor(_ output: BackboneOutput) -> String? {
        switch output {
        case .features: features
        case .featureMap: featureMap
        case .logits: logits
        }
    }
}

private struct EngineFailure: Error {
    let text: String
}

/// Calls a function that returns nil and writes its reason where it fails.
private func withErrorText<Value>(_ call: (UnsafeMutablePointer<CChar>?, Int) -> Value?) -> Result<Value, EngineFailure>
{
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
        buffer.initialize(repeating: 0)
        if let value = call(buffer.baseAddress, buffer.count) { return .success(value) }
        let text = buffer.baseAddress.map { String(cString: $0) } ?? ""
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingPrefix { $0 == " " } }
        return .failure(EngineFailure(text: lines.filter { !$0.isEmpty }.joined(separator: " ")))
    }
}

private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) throws -> Result
) rethrows -> Result {
    let copies = strings.map { Array($0.utf8CString) }
    let owned = copies.map { copy in
        let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: copy.count)
        pointer.initialize(from: copy, count: copy.count)
        return pointer
    }
    defer { owned.forEach { $0.deallocate() } }
    return try owned.map { UnsafePointer<CChar>?($0) }.withUnsafeBufferPointer(body)
}
