import Workers

/// Where files are opened, read and written: a disk may block, and connections' loops must not.
enum FileWorkers {
    static let pool = WorkerPool(name: "http.files", width: 4)
}
