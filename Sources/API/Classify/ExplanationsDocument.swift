import Domain
import Foundation
import Images
import Serving

/// Why a picture was taken for what it was taken for, as clients see it. Only what was asked for is there.
struct ExplanationsDocument: Encodable {
    var cam: Map?
    /// The nearest first.
    var neighbors: [NeighborDocument]?
    /// Why there are none.
    var neighborsNote: String?

    init(_ explanation: Explanation, _ reasons: PreparedReasons, labels: [String]) {
        cam = explanation.map.map { Map($0.numbers, $0.picture, labels) }
        neighbors =
            reasons.dataset.flatMap { dataset in explanation.neighbors?.map { NeighborDocument($0, dataset) } }
            ?? reasons.neighborsNote.map { _ in [] }
        neighborsNote = reasons.neighborsNote
    }

    /// A class-activation map.
    struct Map: Encodable {
        var label: String
        var index: Int
        var logit: Double
        var bias: Double
        var height: Int
        var width: Int
        /// `[height, width]`
        var values: [[Float]]
        var region: Region
        /// Base64.
        var png: String

        init(_ map: ClassActivationMap, _ picture: HeatPicture, _ labels: [String]) {
            label = labels[map.index]
            index = map.index
            logit = map.logit
            bias = map.bias
            height = map.height
            width = map.width
            values = (0..<map.height).map { Array(map.values[$0 * map.width..<($0 + 1) * map.width]) }
            region = Region(
                x: picture.region.x, y: picture.region.y, width: picture.region.width, height: picture.region.height)
            png = Data(picture.png).base64EncodedString()
        }
    }

    struct Region: Encodable {
        var x: Double
        var y: Double
        var width: Double
        var height: Double
    }
}

/// A training photo and how far it is.
struct NeighborDocument: Encodable {
    var dataset: String
    var image: Int64
    var label: String
    var path: String
    /// As the version that answers used it; null where its evaluation is from before that was kept.
    var split: Nullable<Split>
    var distance: Double

    init(_ neighbor: Neighbor, _ dataset: ResourceName) {
        self.dataset = dataset.text
        image = neighbor.photo.id
        label = neighbor.photo.label.text
        path = neighbor.photo.path
        split = Nullable(neighbor.photo.split)
        distance = neighbor.distance
    }
}
