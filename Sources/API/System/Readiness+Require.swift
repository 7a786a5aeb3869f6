import HTTP
import HTTPTypes

extension Readiness {
    /// - Throws: `Problem` (503) where the server cannot answer.
    func require() throws(Problem) {
        guard let obstacle else { return }
        var problem = Problem(.serviceUnavailable, type: "urn:regraft:problem:not-ready", obstacle)
        problem.headers[.retryAfter] = "1"
        throw problem
    }
}
