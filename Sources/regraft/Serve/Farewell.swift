import ServiceLifecycle

/// The last of the services, and so the first to hear that the server is to stop: load balancers are told that it is no longer
/// ready, and whoever watches a job is let go, since the server would wait for them.
struct Farewell: Service {
    let parts: ServerApplication.Parts

    func run() async throws {
        try? await gracefulShutdown()
        parts.api.readiness.end()
        parts.hub.dismiss()
    }
}
