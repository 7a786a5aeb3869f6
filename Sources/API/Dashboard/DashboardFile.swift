/// A file of the dashboard, from `Files/`, which the build makes part of the program: there is nothing to install, and nothing to
/// be missing.
struct DashboardFile: Sendable {
    let path: String
    let contentType: String
    let bytes: [UInt8]

    private init(_ path: String, _ contentType: String, _ bytes: [UInt8]) {
        self.path = path
        self.contentType = contentType
        self.bytes = bytes
    }

    private static func script(_ name: String, _ bytes: [UInt8]) -> DashboardFile {
        DashboardFile("/dashboard/\(name).js", "text/javascript; charset=utf-8", bytes)
    }

    static let all: [DashboardFile] = [
        DashboardFile("/", "text/html; charset=utf-8", PackageResources.index_html),
        DashboardFile("/dashboard/dashboard.css", "text/css; charset=utf-8", PackageResources.dashboard_css),
        // What browsers ask for by themselves; they take any kind of picture.
        DashboardFile("/favicon.ico", "image/svg+xml", PackageResources.icon_svg),
        script("main", PackageResources.main_js), script("api", PackageResources.api_js),
        script("camera", PackageResources.camera_js), script("check", PackageResources.check_js),
        script("intake", PackageResources.intake_js),
        script("chart", PackageResources.chart_js), script("classify", PackageResources.classify_js),
        script("datasets", PackageResources.datasets_js), script("dom", PackageResources.dom_js),
        script("evaluation", PackageResources.evaluation_js), script("exchange", PackageResources.exchange_js),
        script("home", PackageResources.home_js),
        script("jobs", PackageResources.jobs_js), script("models", PackageResources.models_js),
        script("photos", PackageResources.photos_js), script("plot", PackageResources.plot_js),
        script("train", PackageResources.train_js), script("upload", PackageResources.upload_js),
    ]

    /// The paths of all, which need no API key.
    static let paths = Set(all.map(\.path))
}
