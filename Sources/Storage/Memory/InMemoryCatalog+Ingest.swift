public import Domain
public import Foundation

extension InMemoryCatalog {
    public func restartIngest(_ lease: JobLease) async throws {
        try transact { state in state.dropIngested(try state.leased(lease, of: .ingest).job) }
    }

    public func ingest(_ images: [NewImage], refused: [RefusedFile], ignored: Int, _ lease: JobLease) async throws {
        try transact { state in
            let job = try state.leased(lease, of: .ingest).job
            var record = try state.dataset(job.dataset)
            var version = try record.version(job.datasetVersion)
            version.refused += refused
            version.ignored += ignored
            for image in images {
                if version.image(like: image) != nil {
                    version.refused.append(.duplicate(of: image))
                } else {
                    _ = state.include(image, in: &version)
                }
            }
            record.versions[version.number - 1] = version
            state.datasets[job.dataset] = record
        }
    }

    public func completeIngest(_ lease: JobLease, at time: Date) async throws -> (version: DatasetVersion, job: Job) {
        try transact { state in
            let job = try state.leased(lease, of: .ingest).job
            guard case .ingest(let specification) = job.specification else { throw CatalogErrors.leaseLost }
            var record = try state.dataset(job.dataset)
            var version = try record.version(job.datasetVersion)
            let before = record.current?.images ?? []
            let stay =
                switch specification.mode {
                case .add: before
                case .replace:
                    before.filter { old in
                        version.images.contains { $0.isSame(as: old) && $0.path.utf8.elementsEqual(old.path.utf8) }
                    }
                }
            version.images.removeAll { new in stay.contains { $0.isSame(as: new) } }
            version.images = (stay + version.images).sorted { $0.id < $1.id }
            version.state = .ready
            record.versions[version.number - 1] = version
            state.datasets[job.dataset] = record
            let ended = state.end(job.id, as: .succeeded, at: time)
            return (version.described(as: job.dataset), ended)
        }
    }
}

extension CatalogState {
    /// Takes back what a version that never became visible holds.
    mutating func dropIngested(_ job: Job) {
        guard job.kind == .ingest, var record = datasets[job.dataset] else { return }
        let place = job.datasetVersion - 1
        garbage.formUnion(record.versions[place].images.map(\.digest))
        (record.versions[place].images, record.versions[place].refused) = ([], [])
        record.versions[place].ignored = 0
        datasets[job.dataset] = record
    }

    mutating func failIngest(_ job: Job) {
        guard job.kind == .ingest, var record = datasets[job.dataset] else { return }
        let place = job.datasetVersion - 1
        garbage.formUnion(record.versions[place].images.map(\.digest))
        record.versions[place].images = []
        record.versions[place].state = .failed
        datasets[job.dataset] = record
    }
}

extension DatasetImage {
    fileprivate func isSame(as other: DatasetImage) -> Bool { digest == other.digest && label == other.label }
}
