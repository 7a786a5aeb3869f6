public import HTTPTypes

/// Finds the handler for a method and a path.
///
///     var router = Router()
///     router.get("/models/{model}") { request in try .text(request.parameters.get("model")) }
///
/// A literal segment comes before a placeholder. HEAD is answered by the handler for GET, without the body; OPTIONS by the
/// list of methods; another method by 405 with that list; another path by 404.
public struct Router: Sendable {
    private struct Route: Sendable {
        let pattern: PathPattern
        let handler: Handler
        let bodyLimit: Int?
    }

    /// A tree of segments.
    private struct Node: Sendable {
        var literals: [String: Node] = [:]
        var parameter: [Node] = []  // none or one
        /// Where the path may end.
        var routes: [HTTPRequest.Method: Route] = [:]
        /// Where anything may follow.
        var restRoutes: [HTTPRequest.Method: Route] = [:]
    }

    private var root = Node()
    private var middlewares: [any Middleware] = []

    /// A sentence for those whose path leads nowhere.
    public var advice = ""

    public init() {}

    /// Wraps all routes, also the answers 404 and 405; the first one added is the outermost.
    public mutating func add(_ middleware: any Middleware) { middlewares.append(middleware) }

    /// Every method and pattern that has a handler, in the order in which they were added.
    public private(set) var routes: [(method: HTTPRequest.Method, pattern: String)] = []

    /// - Parameter bodyLimit: bytes of the body, in place of the server's limit.
    public mutating func on(
        _ method: HTTPRequest.Method, _ pattern: String, bodyLimit: Int? = nil, _ handler: @escaping Handler
    ) {
        routes.append((method, pattern))
        let pattern = PathPattern(pattern)
        Self.insert(Route(pattern: pattern, handler: handler, bodyLimit: bodyLimit), method, pattern.parts[...], &root)
    }

    public mutating func get(_ pattern: String, _ handler: @escaping Handler) { on(.get, pattern, handler) }
    public mutating func delete(_ pattern: String, _ handler: @escaping Handler) { on(.delete, pattern, handler) }

    public mutating func post(_ pattern: String, bodyLimit: Int? = nil, _ handler: @escaping Handler) {
        on(.post, pattern, bodyLimit: bodyLimit, handler)
    }

    public mutating func put(_ pattern: String, bodyLimit: Int? = nil, _ handler: @escaping Handler) {
        on(.put, pattern, bodyLimit: bodyLimit, handler)
    }

    public mutating func patch(_ pattern: String, bodyLimit: Int? = nil, _ handler: @escaping Handler) {
        on(.patch, pattern, bodyLimit: bodyLimit, handler)
    }

    /// What a server is given.
    public var handler: Handler {
        // Not a closure that calls it: this compiler would let that leave the caller's executor (Swift 6.3.1).
        let routes: Handler = answer
        return middlewares.reversed().reduce(routes) { next, middleware in
            { request in try await middleware.handle(request, next: next) }
        }
    }

    private static func insert(
        _ route: Route, _ method: HTTPRequest.Method, _ parts: ArraySlice<PathPattern.Part>, _ node: inout Node
    ) {
        func check(_ taken: [HTTPRequest.Method: Route]) {
            precondition(taken[method] == nil, "\(method) \(route.pattern.text) is there twice")
        }
        switch parts.first {
        case nil:
            check(node.routes)
            node.routes[method] = route
        case .rest:
            check(node.restRoutes)
            node.restRoutes[method] = route
        case .literal(let text):
            insert(route, method, parts.dropFirst(), &node.literals[text, default: Node()])
        case .parameter:
            if node.parameter.isEmpty { node.parameter.append(Node()) }
            insert(route, method, parts.dropFirst(), &node.parameter[0])
        }
    }

    private static func find(_ segments: ArraySlice<String>, _ node: Node) -> [HTTPRequest.Method: Route]? {
        guard let first = segments.first else { return node.routes.isEmpty ? nil : node.routes }
        let rest = segments.dropFirst()
        if let next = node.literals[first], let found = find(rest, next) { return found }
        // An empty segment, as after a trailing slash, is no value.
        if !first.isEmpty, let next = node.parameter.first, let found = find(rest, next) { return found }
        return first.isEmpty || node.restRoutes.isEmpty ? nil : node.restRoutes
    }

    private func answer(_ request: Request) async throws -> Response {
        guard let routes = Self.find(request.target.segments[...], root) else {
            if request.target.rawPath == "*" { return Response(status: .noContent) }
            throw Problem(.notFound, nothing(at: request.target))
        }
        let method = request.method
        guard let route = routes[method] ?? (method == .head ? routes[.get] : nil) else {
            let allowed = Self.allow(routes)
            if method == .options { return Response(status: .noContent, headers: [.allow: allowed]) }
            let wantsPost = method == .put && routes[.post] != nil
            let hint = wantsPost ? " With curl, -T sends PUT unless -X POST is given with it." : ""
            var problem = Problem(.methodNotAllowed, "\(request.target.rawPath) takes \(allowed).\(hint)")
            problem.headers[.allow] = allowed
            throw problem
        }
        var request = request
        for (index, part) in route.pattern.parts.enumerated() {
            switch part {
            case .literal: break
            case .parameter(let name): request.parameters.set(name, request.target.segments[index])
            case .rest(let name):
                request.parameters.set(name, request.target.segments[index...].joined(separator: "/"))
            }
        }
        if let limit = route.bodyLimit { request.body.limit = limit }
        do {
            var response = try await route.handler(request)
            response.route = route.pattern.text
            return response
        } catch let problem as Problem {
            var response = problem.response(requestID: request.id)
            response.route = route.pattern.text
            return response
        }
    }

    private func nothing(at target: RequestTarget) -> String {
        var text = "There is nothing at \(target.rawPath)."
        if target.segments.last == "", Self.find(target.segments.dropLast(), root) != nil {
            text = "There is nothing at \(target.rawPath), but there is without the slash at its end."
        }
        return advice.isEmpty ? text : text + " " + advice
    }

    private static func allow(_ routes: [HTTPRequest.Method: Route]) -> String {
        var methods = Set(routes.keys.map(\.rawValue)).union(["OPTIONS"])
        if methods.contains("GET") { methods.insert("HEAD") }
        return methods.sorted().joined(separator: ", ")
    }
}
