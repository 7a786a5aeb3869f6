/// What is to become of one photo of a dataset.
public struct ImageChange: Sendable, Equatable {
    public enum Action: Sendable, Equatable {
        case relabel(Label)
        case delete
    }

    public let image: Int64
    public let action: Action

    public init(image: Int64, action: Action) {
        self.image = image
        self.action = action
    }
}
