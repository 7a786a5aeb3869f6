package import Foundation

extension Date {
    /// In UTC, with milliseconds, to the nearest. The format alone cuts them off: a time that was read from such a text lies as a
    /// rule a little below its millisecond, and would be written with the one before.
    package var rfc3339: String {
        let milliseconds = (timeIntervalSince1970 * 1000).rounded()
        return Date(timeIntervalSince1970: (milliseconds + 0.5) / 1000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
