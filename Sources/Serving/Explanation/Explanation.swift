import Domain
import Foundation
public import Images
public import Inference

/// What else is wanted of an answer. Holds all that it takes, so that nothing has to be waited for once a picture is worked on.
public struct ExplanationRequest: Sendable {
    public var map: MapRequest?
    public var neighbors: NeighborRequest?

    public init(map: MapRequest? = nil, neighbors: NeighborRequest? = nil) {
        self.map = map
        self.neighbors = neighbors
    }

    /// For a class-activation map, and a picture of it: `BackboneHost.mapRequest`.
    public struct MapRequest: Sendable {
        /// One that computes features and feature map.
        public let engine: any InferenceEngine
        let shape: FeatureMapShape
        /// Of the class; nil for the most likely one.
        public var index: Int?
    }

    /// For the training photos that are most alike.
    public struct NeighborRequest: Sendable {
        public var photos: NeighborIndex
        public var count: Int

        public init(_ photos: NeighborIndex, count: Int) {
            self.photos = photos
            self.count = count
        }
    }
}

/// Why a picture was taken for what it was taken for.
public struct Explanation: Sendable {
    /// The map, and the photo with it over it.
    public let map: (numbers: ClassActivationMap, picture: HeatPicture)?
    /// The nearest first; nil where they were not asked for.
    public let neighbors: [Neighbor]?

    /// - Parameters:
    ///   - probabilities: what was answered.
    ///   - session: that has just run on the picture.
    init(
        _ wanted: ExplanationRequest, of picture: Data, by model: ServedModel, said probabilities: [Float],
        session: any InferenceSession, decoder: PhotoDecoder
    ) throws {
        let features = session.output(.features)
        map = try wanted.map.map { wanted in
            let index = wanted.index ?? probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
            let numbers = try ClassActivationMap(
                of: index, by: model.head, map: session.output(.featureMap), wanted.shape, features: features)
            let heat = HeatMap(height: numbers.height, width: numbers.width, values: numbers.values)
            let picture = try picture.withUnsafeBytes { try decoder.heatPicture(of: $0, model.preprocessing, heat) }
            return (numbers, picture)
        }
        neighbors = wanted.neighbors?.photos.nearest(to: features, wanted.neighbors?.count ?? 0)
    }
}

extension BackboneHost {
    /// What class-activation maps of a backbone are made by; compiled on first use.
    /// - Throws: as `engine`; `RegraftError` (`no_feature_map`) where there is no map, or no usable one.
    public func mapRequest(_ backbone: Backbone) async throws -> ExplanationRequest.MapRequest {
        let descriptor = backbone.descriptor
        guard let name = descriptor.outputs.featureMap else {
            throw RegraftError(
                "no_feature_map",
                "The descriptor of the backbone '\(descriptor.id)' names no feature map, and without one there is no "
                    + "class-activation map. Name it (outputs.feature_map), and start the server again.")
        }
        do {
            let engine = try await engine(descriptor.id, for: .explaining)
            return ExplanationRequest.MapRequest(
                engine: engine, shape: try FeatureMapShape(engine.shape(of: .featureMap), of: descriptor))
        } catch let error as RegraftError where error.code == "backbone_unusable" {
            // It answers, so what is wrong is the one thing that answering does not need.
            throw RegraftError(
                "no_feature_map",
                "The feature map '\(name)' of '\(descriptor.id)' cannot be computed: \(error.message)",
                cause: error)
        }
    }
}
