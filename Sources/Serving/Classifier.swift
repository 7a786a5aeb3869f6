public import Domain
public import Foundation
public import Images
public import Inference
import Synchronization
import Training
import Workers

/// What one picture was taken for.
public struct Classification: Sendable {
    /// `[labels]`, of the model's version.
    public let probabilities: [Float]
    /// How little it seems to be of any class that the model knows, 0…1; nil where the model has nothing to tell that by.
    public let unknownScore: Double?
    /// Why the model would rather not answer; nil where it does.
    public let abstained: Abstention.Reason?
    public let timing: Timing
    /// Nil where none was asked for.
    public let explanation: Explanation?

    /// Where the time went, in milliseconds.
    public struct Timing: Sendable {
        public var queue = 0.0
        public var decode = 0.0
        public var infer = 0.0
        public var head = 0.0
        /// Nil where nothing was explained.
        public var explain: Double?

        public init() {}
    }
}

/// Answers what is on pictures, a bounded number at a time.
///
/// A picture waits in a queue of limited length, is decoded and run through its model's backbone by one of a few workers,
/// and before that it is looked at whether anybody still wants the answer. Safe to call from any task.
public final class Classifier: Sendable {
    public struct Settings: Sendable {
        /// Pictures that are worked on or wait; one more is refused.
        public var queue = 64
        /// After which a picture that still waits is not worth computing any more.
        public var deadline = Duration.seconds(10)
        /// Pictures worked on at once. One more than there are streams keeps these busy while it decodes.
        public var workers = 3

        public init() {}
    }

    private let settings: Settings
    private let limits: ImageLimits
    private let priority: ServingPriority
    private let pool: WorkerPool
    private let benches = Mutex<[Bench]>([])
    private let waiting = Mutex(0)

    public init(_ settings: Settings = Settings(), limits: ImageLimits = ImageLimits(), priority: ServingPriority) {
        self.settings = settings
        self.limits = limits
        self.priority = priority
        pool = WorkerPool(name: "classify", width: settings.workers)
    }

    /// Pictures that are worked on or wait.
    public var load: Int { waiting.withLock { $0 } }

    /// Takes room for pictures that are going to be classified, so that a request is refused as a whole and before its
    /// pictures are looked at.
    /// - Throws: `RegraftError` (`overloaded`).
    public func admit(_ count: Int) throws(RegraftError) -> Admission {
        let isAdmitted = waiting.withLock { waiting in
            // One request may go over the limit, or one with more pictures than that would never be answered.
            guard waiting < settings.queue else { return false }
            waiting += count
            return true
        }
        guard isAdmitted else {
            throw RegraftError(
                "overloaded", "There are \(settings.queue) pictures waiting already; try again in a second.")
        }
        return Admission(classifier: self, count: count, deadline: settings.deadline)
    }

    /// For checks that the server itself makes, which nobody else should be refused for, and which are worth making however
    /// long they have waited.
    func unlimitedAdmission() -> Admission { Admission(classifier: self, count: 0, deadline: nil) }

    fileprivate func release(_ count: Int) { waiting.withLock { $0 -= count } }

    /// Room in the queue, which is given back when this is let go of.
    public final class Admission: Sendable {
        private let classifier: Classifier
        private let count: Int
        /// After which nobody waits for an answer any more.
        private let deadline: Duration?
        private let start = ContinuousClock.now

        fileprivate init(classifier: Classifier, count: Int, deadline: Duration?) {
            self.classifier = classifier
            self.count = count
            self.deadline = deadline
        }

        deinit { classifier.release(count) }

        /// What is on one of the admitted pictures.
        /// - Parameter reasons: which are wanted too; they are of the same run of the backbone.
        /// - Throws: `ImageError` for what is no usable picture; `RegraftError` (`expired`, `inference_failed`; with reasons
        ///   `no_feature_map`, `encoding_failed`); `CancellationError`.
        public func classify(
            _ picture: Data, by model: ServedModel, explaining reasons: ExplanationRequest? = nil
        ) async throws -> Classification {
            let preprocessing = model.preprocessing
            let explain = reasons.map { reasons -> Explain in
                { try Explanation(reasons, of: picture, by: model, said: $0, session: $1, decoder: $2) }
            }
            let engine = reasons?.map?.engine ?? model.engine
            return try await run(engine, output: .features, explain: explain) { decoder, input in
                try picture.withUnsafeBytes { try decoder.decode($0, preprocessing, into: input) }
            } answer: {
                model.answer($0)
            }
        }

        /// The same for a picture that is prepared already.
        /// - Parameter pixels: `[height, width, 3]`, RGB, of the size that the model's backbone takes.
        public func classify(pixels: [UInt8], by model: ServedModel) async throws -> Classification {
            try await run(model.engine, output: .features) { _, input in
                precondition(pixels.count == input.count)
                _ = input.update(from: pixels)
            } answer: {
                model.answer($0)
            }
        }

        /// What the backbone itself, as it was pretrained, takes a picture for.
        public func classify(_ picture: Data, byPretrained engine: any InferenceEngine) async throws -> Classification {
            let preprocessing = engine.backbone.descriptor.preprocessing(.crop)
            return try await run(engine, output: .logits) { decoder, input in
                try picture.withUnsafeBytes { try decoder.decode($0, preprocessing, into: input) }
            } answer: {
                var probabilities = $0
                Softmax.apply(toRowsOf: &probabilities, classCount: probabilities.count)
                return Answer(probabilities: probabilities)
            }
        }

        private func run(
            _ engine: any InferenceEngine, output: BackboneOutput, explain: Explain? = nil, prepare: @escaping Prepare,
            answer: @escaping @Sendable ([Float]) -> Answer
        ) async throws -> Classification {
            let (classifier, start, deadline) = (classifier, start, deadline)
            return try await classifier.pool.run { flag in
                let begin = ContinuousClock.now
                if let deadline, begin - start >= deadline {
                    throw RegraftError(
                        "expired", "The picture has waited too long; try again when there is less to do.")
                }
                try flag.check()
                return try classifier.onBench { bench in
                    try bench.classify(engine, output, waited: begin - start, prepare, answer, explain)
                }
            }
        }
    }

    /// Runs something with a decoder and sessions that nobody else is using.
    private func onBench<Result>(_ body: (Bench) throws -> Result) rethrows -> Result {
        priority.beginServing()
        defer { priority.endServing() }
        let bench = benches.withLock { $0.popLast() } ?? Bench(limits)
        defer { benches.withLock { $0.append(bench) } }
        return try body(bench)
    }
}

/// Fills a backbone's input.
private typealias Prepare = @Sendable (PhotoDecoder, UnsafeMutableBufferPointer<UInt8>) throws -> Void

/// Says why, of an answer's probabilities and the run that they are of.
private typealias Explain =
    @Sendable (_ said: [Float], _ session: any InferenceSession, _ decoder: PhotoDecoder) throws -> Explanation

/// What one worker needs. `@unchecked Sendable`: whoever has taken it from the list is the only one to use it.
private final class Bench: @unchecked Sendable {
    private let decoder: PhotoDecoder
    private var sessions: [ObjectIdentifier: (engine: any InferenceEngine, session: any InferenceSession)] = [:]

    init(_ limits: ImageLimits) { decoder = PhotoDecoder(limits: limits) }

    func classify(
        _ engine: any InferenceEngine, _ output: BackboneOutput, waited: Duration, _ prepare: Prepare,
        _ answer: ([Float]) -> Answer, _ explain: Explain?
    ) throws -> Classification {
        var timing = Classification.Timing()
        timing.queue = waited / .milliseconds(1)
        let clock = ContinuousClock()
        let session = try session(of: engine)
        let begin = clock.now
        try prepare(decoder, session.input)
        let decoded = clock.now
        try session.run()
        let inferred = clock.now
        let found = answer(Array(session.output(output)))
        timing.decode = (decoded - begin) / .milliseconds(1)
        timing.infer = (inferred - decoded) / .milliseconds(1)
        let answered = clock.now
        timing.head = (answered - inferred) / .milliseconds(1)
        guard found.probabilities.allSatisfy(\.isFinite), found.unknownScore?.isFinite ?? true else {
            throw ImageError(.corrupt, "the backbone gives no finite numbers for it")
        }
        let explanation = try explain?(found.probabilities, session, decoder)
        if explain != nil { timing.explain = (clock.now - answered) / .milliseconds(1) }
        return Classification(
            probabilities: found.probabilities, unknownScore: found.unknownScore, abstained: found.abstained,
            timing: timing, explanation: explanation)
    }

    private func session(of engine: any InferenceEngine) throws -> any InferenceSession {
        let key = ObjectIdentifier(engine)
        if let known = sessions[key] { return known.session }
        let session = try engine.makeSession()
        // With its engine, so that no other one can come to the same address.
        sessions[key] = (engine, session)
        return session
    }
}
