public import Domain
public import Foundation
public import Inference
import Synchronization

/// An engine that needs no network: its feature map are the red, green and blue bytes, and its features their means.
public final class StubEngine: InferenceEngine {
    public let backbone: Backbone
    public let streamCount: Int
    /// Called before each run with its number, from 1. It may throw, or change the features.
    public typealias Hook = @Sendable (_ run: Int, _ features: inout [Float]) throws -> Void

    /// Describes it, for as long as the engine is there.
    public let catalogue: BackboneCatalogue
    private let folder: TemporaryFolder
    fileprivate let hook: Hook
    fileprivate let runs = Mutex(0)

    public static let descriptor = """
        {
          "id": "stub", "file": "stub.bin", "feature_count": 3,
          "input": {
            "tensor": "in", "width": 8, "height": 8, "layout": "NCHW", "mean": [0, 0, 0], "std": [1, 1, 1]
          },
          "outputs": { "features": "out" }
        }
        """

    /// - Parameters:
    ///   - labels: three for what it was pretrained on, whose scores are then the features.
    ///   - hasFeatureMap: whether its descriptor names one.
    ///   - network: an ONNX file that its descriptor names, of the same tensors; never run.
    public init(
        streams: Int = 1, labels: [String] = [], hasFeatureMap: Bool = false, network: Data? = nil,
        hook: @escaping Hook = { _, _ in }
    ) throws {
        folder = try TemporaryFolder()
        var outputs = [#""features": "out""#]
        if hasFeatureMap { outputs.append(#""feature_map": "map""#) }
        if !labels.isEmpty { outputs.append(#""logits": "scores""#) }
        let descriptor = Self.descriptor.replacing(
            #""outputs": { "features": "out" }"#,
            with: #""outputs": { \#(outputs.joined(separator: ", ")) }, "labels": "labels.txt""#)
        let file = network == nil ? "stub.bin" : "stub.onnx"
        try folder.write(descriptor.replacing("stub.bin", with: file), to: "stub.json")
        try folder.write(network ?? Data("no network".utf8), to: file)
        try folder.write(labels.joined(separator: "\n"), to: "labels.txt")
        catalogue = try BackboneCatalogue(descriptorFolders: [folder.url], fileFolders: [])
        backbone = try catalogue.backbone("stub")
        streamCount = streams
        self.hook = hook
    }

    /// How often any session has run.
    public var runCount: Int { runs.withLock { $0 } }

    public func size(of output: BackboneOutput) -> Int { shape(of: output).reduce(1, *) }

    public func shape(of output: BackboneOutput) -> [Int] { output == .featureMap ? [3, 8, 8] : [3] }

    public func makeSession() throws -> any InferenceSession { StubSession(self) }

    /// What `run` gives for these pixels.
    public static func features(of pixels: some Collection<UInt8>) -> [Float] {
        var sums = [0, 0, 0]
        for (index, value) in pixels.enumerated() { sums[index % 3] += Int(value) }
        return sums.map { Float($0) / Float(pixels.count / 3) }
    }
}

private final class StubSession: InferenceSession {
    private let engine: StubEngine
    private let features = UnsafeMutableBufferPointer<Float>.allocate(capacity: 3)
    private let map = UnsafeMutableBufferPointer<Float>.allocate(capacity: 3 * 8 * 8)
    let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 8 * 8 * 3)

    init(_ engine: StubEngine) {
        self.engine = engine
        features.initialize(repeating: 0)
        map.initialize(repeating: 0)
        input.initialize(repeating: 0)
    }

    deinit {
        features.deallocate()
        map.deallocate()
        input.deallocate()
    }

    func run() throws {
        let number = engine.runs.withLock { runs in
            runs += 1
            return runs
        }
        var values = StubEngine.features(of: input)
        try engine.hook(number, &values)
        _ = features.update(from: values)
        for (index, value) in input.enumerated() { map[index % 3 * 64 + index / 3] = Float(value) }
    }

    func output(_ output: BackboneOutput) -> UnsafeBufferPointer<Float> {
        UnsafeBufferPointer(output == .featureMap ? map : features)
    }
}

/// Bottlenecks in memory; each call can be made to fail.
public final class StubCache: BottleneckCache {
    private struct State {
        var bottlenecks: [BottleneckKey: Bottleneck] = [:]
        var failure: RegraftError?
        var isReadable = true
    }

    private let state = Mutex(State())

    public init() {}

    public var bottlenecks: [BottleneckKey: Bottleneck] { state.withLock { $0.bottlenecks } }

    /// Every call from now on throws this; nil ends it.
    /// - Parameter reading: whether what is there cannot be had either.
    public func fail(with error: RegraftError?, reading: Bool = true) {
        state.withLock { ($0.failure, $0.isReadable) = (error, !reading) }
    }

    public func bottleneck(for key: BottleneckKey) throws -> Bottleneck? {
        try state.withLock { state in
            if let failure = state.failure, !state.isReadable { throw failure }
            return state.bottlenecks[key]
        }
    }

    public func store(_ bottlenecks: [(key: BottleneckKey, value: Bottleneck)]) throws {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            for (key, value) in bottlenecks { state.bottlenecks[key] = value }
        }
    }
}
