import HTTPTypes
import Synchronization

/// Forms: the same parts with the same content, in whatever pieces they come.
enum MultipartTarget {
    enum Outcome: Equatable {
        case parts([[UInt8]], names: [String])
        case refused
    }

    static func run(_ input: inout Input) {
        var randomness = input.randomness()
        let boundaryEnd = input.rest.prefix(20).firstIndex(of: 0x0A) ?? input.rest.startIndex
        let boundary = String(decoding: input.rest[..<boundaryEnd], as: UTF8.self)
        let bytes = Array(input.rest[boundaryEnd...].dropFirst())
        let pieces = randomness.pieces(bytes)
        let atOnce = outcome([bytes], boundary)
        let inPieces = outcome(pieces, boundary)
        check(atOnce == inPieces, "a form in pieces is \(inPieces), at once \(atOnce)")
    }

    private static func outcome(_ pieces: [[UInt8]], _ boundary: String) -> Outcome {
        let executor = HereExecutor()
        let outcome = Mutex<Outcome?>(nil)
        withoutActuallyEscaping({ (found: Outcome) in outcome.withLock { $0 = found } }) { finish in
            nonisolated(unsafe) let finish = finish
            Task(executorPreference: executor) { finish(await read(pieces, boundary)) }
            executor.runAll()
        }
        guard let found = outcome.withLock({ $0 }) else { fatalError("FOUND: a form is read for ever") }
        return found
    }

    private static func read(_ pieces: [[UInt8]], _ boundary: String) async -> Outcome {
        var request = Request(body: RequestBody(pieces: pieces))
        request.headers[.contentType] = "multipart/form-data; boundary=\"\(boundary)\""
        var limits = MultipartReader.Limits()
        (limits.parts, limits.headerBytes) = (8, 96)
        var (contents, names): ([[UInt8]], [String]) = ([], [])
        do {
            var reader = try MultipartReader(request, limits: limits)
            while let part = try await reader.nextPart() {
                names.append("\(part.name) \(part.filename ?? "") \(part.contentType ?? "")")
                var content: [UInt8] = []
                while let piece = try await reader.read() { content += piece }
                contents.append(content)
            }
            return .parts(contents, names: names)
        } catch {
            return .refused
        }
    }
}

/// Runs a task on the thread that waits for it, so that the fuzzer sees every crash and hang as its own.
private final class HereExecutor: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    func runAll() {
        while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
