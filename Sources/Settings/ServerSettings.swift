/// Everything about `regraft serve` that can be set. What is not set has the default that its group declares.
///
/// Plain values: who uses one translates it. `Setting.all` is the table that says how each is called, what it may be,
/// and how it is written; `config/regraft.yaml` explains them all.
public struct ServerSettings: Sendable {
    public var server = Server()
    public var apiKeys: [APIKey] = []
    public var limits = Limits()
    public var deadlines = Deadlines()
    public var data = DataFolder()
    public var backbones = Backbones()
    public var archives = Archives()
    public var imports = Imports()
    public var training = Training()
    public var tensorboard = TensorBoard()
    public var classify = Classify()
    public var models = Models()
    public var log = Log()

    /// Where each setting that is not a default comes from, by key.
    package var origins: [String: SettingOrigin] = [:]

    public init() {}
}
