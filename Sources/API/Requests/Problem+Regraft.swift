import Domain
import HTTP
import HTTPTypes
import Storage

extension Problem {
    /// What a client is told of an error of the domain: the one place that knows both.
    /// - Returns: nil for errors that are the server's own, which become a 500.
    static func of(_ error: any Error) -> Problem? {
        switch error {
        case let error as RegraftError: of(error)
        case let error as ImageError: of(error)
        default:
            StorageFailure.isDiskFull(error)
                ? Problem(
                    .insufficientStorage, type: "urn:regraft:problem:disk-full",
                    "The disk is full. Make room, by deleting datasets or models for instance, and try again.") : nil
        }
    }

    static func of(_ error: ImageError) -> Problem {
        let status: HTTPResponse.Status =
            switch error.code {
            case .unsupported: .unsupportedMediaType
            case .tooManyBytes: .contentTooLarge
            default: .unprocessableContent
            }
        return Problem(status, type: type(error.code.rawValue), "The image cannot be used: \(error.reason).")
    }

    private static func of(_ error: RegraftError) -> Problem? {
        guard let status = statuses[error.code] else { return nil }
        var problem = Problem(
            status, type: type(error.code.rawValue), error.message + (whereToLook[error.code].map { " " + $0 } ?? ""))
        if status == .serviceUnavailable { problem.headers[.retryAfter] = "1" }
        return problem
    }

    private static func type(_ code: String) -> String {
        "urn:regraft:problem:" + code.replacing("_", with: "-")
    }

    /// What lists what there is, for those who asked for something that is not there.
    private static let whereToLook: [RegraftError.Code: String] = [
        "unknown_dataset": "GET /v1/datasets lists those that there are.",
        "unknown_image": "GET /v1/datasets/{dataset}/images lists those that there are.",
        "unknown_job": "GET /v1/jobs lists those that there are.",
        "unknown_model": "GET /v1/models lists those that there are.",
        "unknown_version": "GET of the dataset or model itself says which there are.",
        "unknown_alias": "GET /v1/models/{model} lists those that there are.",
    ]

    private static let statuses: [RegraftError.Code: HTTPResponse.Status] = [
        "invalid_name": .badRequest, "invalid_label": .badRequest,
        "unknown_dataset": .notFound, "unknown_version": .notFound, "unknown_image": .notFound,
        "unknown_job": .notFound,
        "unknown_model": .notFound, "unknown_alias": .notFound, "unknown_backbone": .badRequest,
        "missing_backbone_file": .conflict,
        "dataset_busy": .conflict, "dataset_empty": .conflict, "dataset_in_use": .conflict, "job_active": .conflict,
        "version_in_use": .conflict,
        "model_in_use": .conflict, "too_many_models": .conflict, "too_few_classes": .conflict,
        "nothing_to_classify_with": .conflict, "nothing_to_explain": .conflict, "no_feature_map": .conflict,
        "not_comparable": .conflict,
        "not_extracted": .conflict, "too_many_images": .unprocessableContent, "image_changed_twice": .badRequest,
        "generation_mismatch": .preconditionFailed, "idempotency_key_reused": .unprocessableContent,
        "golden_mismatch": .conflict, "missing_head": .conflict, "damaged_blob": .conflict, "invalid_bundle": .conflict,
        "unusable_bundle": .unprocessableContent, "backbone_not_here": .conflict,
        "backbone_hash_mismatch": .conflict, "preprocessing_mismatch": .conflict, "feature_count_mismatch": .conflict,
        "unexportable_backbone": .conflict, "damaged_backbone": .conflict,
        "overloaded": .serviceUnavailable, "expired": .serviceUnavailable,
        "disk_full": .insufficientStorage,
    ]
}

extension HTTPResponse.Status {
    static let insufficientStorage = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
    static let unprocessableContent = HTTPResponse.Status(code: 422, reasonPhrase: "Unprocessable Content")
}
