public import Domain

extension TrainingSet {
    /// Puts photos where a split plan says.
    /// - Parameters:
    ///   - photos: those that the plan was made for.
    ///   - views: distorted views of the train photos, by position in `photos`; each photo has equally many.
    public init(labels: [String], photos: [SplitPlan.Photo], plan: SplitPlan, views: [Int: [Bottleneck]] = [:]) {
        let columns = photos.first?.bottleneck.features.count ?? 0
        func examples(_ indices: [Int]) -> Examples {
            var matrix = FeatureMatrix(columns: columns, capacity: indices.count)
            for index in indices { matrix.append(photos[index].bottleneck.features) }
            return Examples(features: matrix, classes: indices.map { photos[$0].classIndex })
        }
        let train = plan.indices(of: .train)
        let validation = plan.indices(of: .validation)
        let viewCount = train.first.flatMap { views[$0]?.count } ?? 0
        self.init(
            labels: labels, train: examples(train), validation: examples(validation),
            test: examples(plan.indices(of: .test)), groups: (train + validation).map { plan.groups[$0] },
            views: (0..<viewCount).map { view in
                var matrix = FeatureMatrix(columns: columns, capacity: train.count)
                for index in train {
                    matrix.append((views[index]?[view] ?? photos[index].bottleneck).features)
                }
                return matrix
            })
    }
}

extension SplitPlan {
    /// Positions of the photos in a split, ascending.
    public func indices(of split: Split) -> [Int] { splits.indices.filter { splits[$0] == split } }
}
