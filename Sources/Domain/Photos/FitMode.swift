/// How a photo of any shape becomes the fixed rectangle that a backbone takes.
public enum FitMode: String, Sendable, CaseIterable, Codable {
    /// The middle of the photo, cut to the backbone's aspect ratio and by its `crop_fraction`; the rest is lost.
    case crop
    /// The whole photo, stretched to the rectangle, as the TensorFlow tutorial does.
    case squash
    /// The whole photo, its aspect ratio kept, with grey on the two sides that it does not reach.
    case pad
}
