public import HTTP

/// All routes.
public enum APIRoutes {
    public static func router(_ environment: APIEnvironment) -> Router {
        var router = Router()
        DashboardRoutes().register(&router)
        SystemRoutes(environment).register(&router)
        DatasetRoutes(environment).register(&router)
        UploadRoutes(environment).register(&router)
        ImageRoutes(environment).register(&router)
        JobRoutes(environment).register(&router)
        JobEventRoutes(environment).register(&router)
        ModelRoutes(environment).register(&router)
        AliasRoutes(environment).register(&router)
        ClassifyRoutes(environment).register(&router)
        OpenInferenceRoutes(environment).register(&router)
        return router
    }

    /// Turns the domain's errors into what clients are told.
    public static var errors: ErrorMiddleware { ErrorMiddleware { Problem.of($0) } }
}
