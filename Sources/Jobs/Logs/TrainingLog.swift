import Domain
public import Formats
public import Foundation
public import Storage
import Synchronization
public import Training

/// What TensorBoard shows of a training, written while it goes on: the runs `train` and `validation` in one folder, under the
/// names that TensorFlow's `retrain.py` gave to everything.
///
/// A log is not worth a training: where it cannot be written, that is said once, and nothing more is written. Calls write to
/// the disk, so they belong on a worker; any thread may call.
public final class TrainingLog: Sendable {
    /// Of the folder of the run `train`, where also everything is that is of the whole training.
    let trainFolder: URL
    private let state: Mutex<State>
    private let train: ActivationSample
    private let validation: ActivationSample
    private let room: KeptRoom
    private let name: String
    private let failed: @Sendable (String) -> Void

    private struct State {
        var files: Files?
        var points: CurvePoints
        var histograms: CurvePoints
        var lastStep = 0
    }

    private struct Files {
        let train: EventFile
        /// Nil where there are no validation photos.
        let validation: EventFile?
    }

    /// Histograms of a training that knows how many steps it takes, about: TensorBoard shows 50 of a tag.
    private static let histogramLimit = 100

    /// Begins the log.
    /// - Parameters:
    ///   - folder: made where it is missing.
    ///   - name: of the log, where it is told of; by default the folder's path.
    ///   - attempt: tells the files of one second apart.
    ///   - room: what is to be left on the disk.
    ///   - failed: told why the log ends early, in a sentence.
    public init(
        in folder: URL, name: String? = nil, _ set: TrainingSet, _ hyperparameters: [String: Hyperparameter],
        interval: Int,
        attempt: Int = 1,
        room: KeptRoom = KeptRoom(minimum: 0) { nil }, failed: @escaping @Sendable (String) -> Void
    ) {
        trainFolder = folder.appendingPathComponent("train")
        train = ActivationSample(set.train)
        validation = ActivationSample(set.validation)
        self.room = room
        self.name = name ?? folder.path
        self.failed = failed
        state = Mutex(
            State(
                files: nil, points: CurvePoints(interval: interval),
                histograms: CurvePoints(interval: interval, limit: Self.histogramLimit)))
        let hasValidation = set.validation.count > 0
        state.withLock { state in
            do {
                try room.check()
                let suffix = attempt > 1 ? "\(attempt)" : ""
                let files = Files(
                    train: try EventFile(in: trainFolder, suffix: suffix),
                    validation: hasValidation
                        ? try EventFile(in: folder.appendingPathComponent("validation"), suffix: suffix) : nil)
                // For whoever watches, and has read what an attempt that was broken off had said.
                try files.train.writeStart()
                try files.validation?.writeStart()
                try files.train.write(.sessionStart(hyperparameters), step: 0)
                state.files = files
            } catch { failed(sentence(error)) }
        }
    }

    /// Whether all was written so far.
    public var isWhole: Bool { state.withLock { $0.files != nil } }

    /// Says where the curves are. Of very many points some are left out, as of a job's events, and of histograms more.
    public func step(_ step: TrainingStep) {
        write { state, files in
            state.lastStep = step.number
            // Both count the steps that they are asked for.
            let (isShown, hasHistograms) = (state.points.keeps(step), state.histograms.keeps(step))
            guard isShown else { return }
            let head = step.head()
            var summary = EventSummary()
            summary.add(step.train)
            summary.add("final_training_ops/weights/summaries", head.weights, withHistogram: hasHistograms)
            summary.add("final_training_ops/biases/summaries", head.biases, withHistogram: hasHistograms)
            if hasHistograms { train.add(head, to: &summary) }
            try files.train.write(summary, step: step.number)
            guard let file = files.validation, let metrics = step.validation else { return }
            summary = EventSummary()
            summary.add(metrics)
            if hasHistograms { validation.add(head, to: &summary) }
            try file.write(summary, step: step.number)
        }
    }

    /// Says more of the whole training, at its last step.
    func add(_ make: () throws -> EventSummary) {
        write { state, files in try files.train.write(make(), step: state.lastStep) }
    }

    /// - Parameter graph: makes a serialized GraphDef; where there is none, nothing is written.
    func add(graph: () throws -> Data?) {
        write { _, files in
            if let graph = try graph() { try files.train.write(graph: graph) }
        }
    }

    /// Writes files beside those of events.
    func attach(_ body: () throws -> Void) {
        write { _, _ in try body() }
    }

    /// Says that nothing has come of the training.
    public func fail() {
        add { .sessionEnd(.failed) }
    }

    private func write(_ body: (inout State, Files) throws -> Void) {
        state.withLock { state in
            guard let files = state.files else { return }
            do {
                try room.check()
                try body(&state, files)
            } catch is CancellationError {
                // What there is can be read.
            } catch {
                state.files = nil
                failed(sentence(error))
            }
        }
    }

    private func sentence(_ error: any Error) -> String {
        "TensorBoard's log \(name) ends here, and the training goes on: \(error)"
    }
}

/// A few photos, always the same ones, to look at what a head makes of them.
private struct ActivationSample {
    private let features: FeatureMatrix

    /// As many as `retrain.py` takes in a step.
    private static let count = 100

    init(_ examples: Examples) {
        // Of all classes, which are in order.
        let stride = max(1, (examples.count + Self.count - 1) / Self.count)
        features = examples.features.selecting(Array(Swift.stride(from: 0, to: examples.count, by: stride)))
    }

    func add(_ head: Head, to summary: inout EventSummary) {
        guard features.rows > 0 else { return }
        var values = head.scores(features)
        summary.add("final_training_ops/Wx_plus_b/pre_activations", Histogram(values))
        Softmax.apply(toRowsOf: &values, classCount: head.labels.count)
        summary.add("activations", Histogram(values))
    }
}

extension EventSummary {
    fileprivate mutating func add(_ metrics: Metrics) {
        add("accuracy_1", metrics.accuracy)
        add("cross_entropy_1", metrics.crossEntropy)
    }

    /// As the function `variable_summaries` of `retrain.py` does.
    fileprivate mutating func add(_ name: String, _ values: [Float], withHistogram: Bool) {
        let count = Double(max(values.count, 1))
        let mean = values.reduce(0.0) { $0 + Double($1) } / count
        let variance = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
        add("\(name)/mean", mean)
        add("\(name)/stddev_1", variance.squareRoot())
        add("\(name)/max", Double(values.max() ?? 0))
        add("\(name)/min", Double(values.min() ?? 0))
        if withHistogram { add("\(name)/histogram", Histogram(values)) }
    }
}
