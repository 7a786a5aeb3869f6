public import Foundation

/// What is said of one step of a training: values, each under a tag.
public struct EventSummary: Sendable {
    var summary = TensorBoardSummary()

    public init() {}

    public var isEmpty: Bool { summary.value.isEmpty }

    /// Kept as a 32-bit float.
    public mutating func add(_ tag: String, _ number: Double) {
        add(tag) { $0.simpleValue = Float(number) }
    }

    public mutating func add(_ tag: String, _ histogram: Histogram) {
        add(tag) { value in
            value.histo.min = histogram.minimum
            value.histo.max = histogram.maximum
            value.histo.num = Double(histogram.count)
            value.histo.sum = histogram.sum
            value.histo.sumSquares = histogram.sumOfSquares
            value.histo.bucketLimit = histogram.limits
            value.histo.bucket = histogram.counts
        }
    }

    /// - Parameters:
    ///   - png: an RGB file.
    ///   - description: Markdown, shown beside it.
    public mutating func add(_ tag: String, png: Data, width: Int, height: Int, description: String = "") {
        add(tag) { value in
            value.image.width = Int32(width)
            value.image.height = Int32(height)
            value.image.colorspace = 3
            value.image.encodedImageString = png
            // Else the description would be of no plugin, and lost.
            value.metadata.pluginData.pluginName = "images"
            value.metadata.summaryDescription = description
        }
    }

    mutating func add(_ tag: String, _ set: (inout TensorBoardSummary.Value) -> Void) {
        var value = TensorBoardSummary.Value()
        value.tag = tag
        set(&value)
        summary.value.append(value)
    }
}
