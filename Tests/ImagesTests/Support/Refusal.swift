import Domain
import Foundation
import Images

/// Why a file is refused; nil where it is decoded.
func refusal(_ file: Data, limits: ImageLimits = ImageLimits()) -> ImageError? {
    do {
        _ = try PhotoDecoder(limits: limits).decode(file, Preprocessing(width: 8, height: 8, fit: .squash))
        return nil
    } catch {
        return error as? ImageError
    }
}
