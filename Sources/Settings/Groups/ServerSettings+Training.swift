public import Domain

extension ServerSettings {
    public struct Training: Sendable, Equatable {
        /// Jobs at a time.
        public var workers = 1
        /// Threads that decode photos and wait for the backbone; 0 for two more than there are cores.
        public var extractWorkers = 0
        public var defaultBackbone = "efficientnet-lite0"
        public var defaultRecipe = TrainingOptions.Recipe.auto
        public var defaultFit = FitOption.crop
        /// How long a finished job's events are kept.
        public var eventRetention = Duration.seconds(30 * 86_400)
    }

    /// What TensorBoard shows of trainings: `logs` in the data folder.
    public struct TensorBoard: Sendable, Equatable {
        public var enabled = true
        /// How long a finished job's log is kept.
        public var retention = Duration.seconds(30 * 86_400)
        /// Of all logs together; beyond, those of the jobs that were over first go.
        public var maximumBytes = 1 << 30
    }
}
