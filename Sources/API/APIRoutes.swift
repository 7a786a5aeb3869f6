public import HTTP

/// All routes.
public enum APIRoutes {
    public static func router(_ environment: APIEnvironment) -> Router {
        var router = Router()
        router.advice = "What there is stands in /openapi.json."
        DashboardRoutes().register(&router)
        SystemRoutes(environment).register(&router)
        DatasetRoutes(environment).register(&router)
        UploadRoutes(environment).register(&router)
        ImageRoutes(environment).register(&router)
        ImageChangeRoutes(environment).register(&router)
        AnalysisRoutes(environment).register(&router)
        JobRoutes(environment).register(&router)
        JobEventRoutes(environment).register(&router)
        ModelRoutes(environment).register(&router)
        EvaluationRoutes(environment).register(&router)
        ExportRoutes(environment).register(&router)
        ImportRoutes(environment).register(&router)
        AliasRoutes(environment).register(&router)
        ClassifyRoutes(environment).register(&router)
        OpenInferenceRoutes(environment).register(&router)
        return router
    }

    /// What web pages of other origins may send, and read of answers.
    public static func cors(_ origins: CORSMiddleware.Origins) -> CORSMiddleware {
        CORSMiddleware(
            origins: origins,
            allowedFields: ["Content-Type", "Authorization", "If-Match", "Idempotency-Key", "Last-Event-ID"],
            exposedFields: ["ETag", "Location", "Retry-After", "X-Request-ID", "Idempotency-Replayed"])
    }

    /// What looks at requests before the routes do, and is right for every server.
    /// - Parameters:
    ///   - origins: whose pages may change things.
    ///   - hosts: names of the server behind a proxy (`server.allowed_hosts`).
    ///   - isPrivate: whether it lets in everybody, and only this machine can reach it.
    ///   - memory: for the bodies that are collected.
    public static func guards(
        origins: CORSMiddleware.Origins, hosts: Set<String>, isPrivate: Bool, memory: BodyMemory
    ) -> [any Middleware] {
        let byHost = HostMiddleware(
            allowed: hosts, advice: "Behind a proxy, add the name that it is reached by to server.allowed_hosts.")
        let byOrigin = CrossOriginMiddleware(
            origins: origins, ownHosts: hosts,
            advice:
                "Let it by adding its origin to server.cors_origins, or, where it is this server's own behind a proxy, "
                + "its host to server.allowed_hosts.")
        return (isPrivate ? [byHost] : []) + [byOrigin, IdentityCodingMiddleware(), BodyMemoryMiddleware(memory)]
    }

    /// The memory for bodies of so many bytes (`limits.bodies_in_memory`).
    public static func bodyMemory(_ bytes: Int) -> BodyMemory {
        BodyMemory(limit: bytes, advice: "The limit is the setting limits.bodies_in_memory.")
    }

    /// Turns the domain's errors into what clients are told.
    public static var errors: ErrorMiddleware { ErrorMiddleware { Problem.of($0) } }
}
