public import Foundation
import SwiftProtobuf

/// What somebody has chosen about a training, as the HPARAMS tab shows it.
public enum Hyperparameter: Sendable, Equatable {
    case number(Double)
    case text(String)
    case flag(Bool)
}

/// How a training stands.
public enum SessionStatus: Sendable {
    case succeeded, failed
}

extension EventSummary {
    /// The run's row in the HPARAMS tab; until its end is said, the training is taken to be running.
    public static func sessionStart(_ hyperparameters: [String: Hyperparameter], at time: Date = .now) -> EventSummary {
        var start = TensorBoardSessionStartInfo()
        start.startTimeSecs = time.timeIntervalSince1970
        start.hparams = hyperparameters.mapValues { value in
            switch value {
            case .number(let number): Google_Protobuf_Value(numberValue: number)
            case .text(let text): Google_Protobuf_Value(stringValue: text)
            case .flag(let flag): Google_Protobuf_Value(boolValue: flag)
            }
        }
        return session("_hparams_/session_start_info") { $0.sessionStartInfo = start }
    }

    public static func sessionEnd(_ status: SessionStatus, at time: Date = .now) -> EventSummary {
        var end = TensorBoardSessionEndInfo()
        end.status = status == .succeeded ? .success : .failure
        end.endTimeSecs = time.timeIntervalSince1970
        return session("_hparams_/session_end_info") { $0.sessionEndInfo = end }
    }

    private static func session(
        _ tag: String, _ set: (inout TensorBoardHParamsPluginData) -> Void
    ) -> EventSummary {
        var content = TensorBoardHParamsPluginData()
        set(&content)
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        var summary = EventSummary()
        summary.add(tag) { value in
            value.metadata.pluginData.pluginName = "hparams"
            // There is nothing in these messages that could fail: no required field, no text that is not Unicode.
            value.metadata.pluginData.content = (try? content.serializedData(options: options)) ?? Data()
            // The value says nothing, but one without is not read: an empty list.
            value.tensor.dtype = .dtFloat
            value.tensor.tensorShape.dim = [TensorBoardTensorShapeProto.Dim()]
        }
        return summary
    }
}
