/// Every call there is, written down a second time, so that one that is lost or added by mistake is noticed.
enum Routes {
    /// Methods by path; HEAD and OPTIONS follow from these. `N` stands for a name, `1` for a number or a job.
    static let all: KeyValuePairs<String, [String]> = [
        "/healthz": ["GET"], "/livez": ["GET"], "/readyz": ["GET"], "/metrics": ["GET"],
        "/v1/backbones": ["GET"], "/openapi.json": ["GET"],
        "/classify": ["POST"], "/v1/models/N/classify": ["POST"],
        "/v1/datasets": ["GET"], "/v1/datasets/N": ["DELETE", "GET", "PUT"], "/v1/datasets/N/import": ["POST"],
        "/v1/datasets/N/versions": ["GET"], "/v1/datasets/N/versions/1/report": ["GET"],
        "/v1/datasets/N/images": ["GET", "POST"], "/v1/datasets/N/images/1": ["DELETE", "GET", "PATCH"],
        "/v1/jobs": ["GET", "POST"], "/v1/jobs/1": ["DELETE", "GET"], "/v1/jobs/1/cancel": ["POST"],
        "/v1/jobs/1/events": ["GET"],
        "/v1/models": ["GET"], "/v1/models/N": ["DELETE", "GET"], "/v1/models/N/versions/1": ["DELETE", "GET"],
        "/v1/models/N/versions/1/evaluation": ["GET"], "/v1/models/N/versions/1/misclassified": ["GET"],
        "/v1/models/N/compare": ["GET"],
        "/v1/models/N/versions/1/export": ["GET"], "/v1/models/N/import": ["POST"],
        "/v1/models/N/aliases/N": ["DELETE", "GET", "PUT"],
    ]

    /// Those that take a JSON object, with one that each would accept.
    static let json: [(method: String, path: String, body: String)] = [
        ("POST", "/v1/datasets/N/import", #"{"url": "https://example.com/a.zip"}"#),
        ("POST", "/v1/jobs", #"{"dataset": "N"}"#),
        ("PATCH", "/v1/datasets/N/images/1", #"{"label": "a"}"#),
        ("PUT", "/v1/models/N/aliases/N", #"{"version": 1}"#),
    ]
}
