import ArgumentParser
import Workers
import Jobs

/// The photos of a measurement that needs their bottlenecks.
struct PhotoOptions: ParsableArguments {
    @Argument(help: "A folder with one subfolder of photos a class.")
    var folder: String

    @OptionGroup var backbone: BackboneOptions

    /// The photos as bottlenecks, from the cache where they are there.
    func extract(_ pool: WorkerPool) async throws -> LabelledPhotos {
        try await LabelledPhotos.extract(folder, backbone, pool)
    }
}

/// How often a measurement of time is made.
struct RoundOptions: ParsableArguments {
    @Option(name: .customLong("rounds"), help: "The median counts.")
    var rounds = 3

    func validate() throws {
        guard (1...100).contains(rounds) else { throw ValidationError("--rounds must be 1 to 100.") }
    }
}
