public import Foundation

extension JobEvent {
    /// The last event of a job: how it has ended.
    /// - Parameter sequence: the one after the last that the job has.
    public init(endOf job: Job, sequence: Int, at time: Date) {
        self.init(sequence: sequence, kind: .done, at: time, data: EventJSON.encode(Done(job)))
    }

    private struct Done: Encodable {
        var state: Job.State
        var model: String?
        var modelVersion: Int?
        var dataset: String
        var datasetVersion: Int
        var metrics: JobMetrics?
        var error: JobError?

        init(_ job: Job) {
            state = job.state
            model = job.model?.text
            modelVersion = job.modelVersion
            dataset = job.dataset.text
            datasetVersion = job.datasetVersion
            metrics = job.metrics.isEmpty ? nil : job.metrics
            error = job.error
        }
    }
}

/// How the data of all events is written.
public enum EventJSON {
    /// A JSON object, snake_case.
    public static func encode(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Infinity and NaN, which JSON has no way to write, come from a fit that is about to be refused.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let data = try? encoder.encode(value) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}
