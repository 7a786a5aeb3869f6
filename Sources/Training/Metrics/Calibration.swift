/// Whether the probabilities mean what they say: of the answers that are held with 80 %, about 80 % should be right.
public struct Calibration: Sendable, Equatable {
    /// Answers that are about equally sure.
    public struct Bin: Sendable, Equatable {
        /// Confidences above this…
        public let lower: Double
        /// …up to and with this.
        public let upper: Double
        public let count: Int
        /// Mean of the answers' confidence: nil where there are none.
        public let confidence: Double?
        /// Part of the answers that are right.
        public let accuracy: Double?
    }

    public static let binCount = 15

    /// The expected calibration error: the mean over the photos of how far their bin's accuracy is from its confidence,
    /// 0…1 (Naeini et al., AAAI 2015; with 15 bins of equal width as Guo et al., ICML 2017).
    ///
    /// Of few photos it is far above 0 by chance alone: some 4 % of 300.
    public let error: Double
    /// The reliability curve: 15 of equal width, from 0 to 1.
    public let bins: [Bin]
    public let count: Int
    /// Mean confidence less accuracy: above 0 the answers sound too sure.
    public let excess: Double

    /// Nil where there are no photos.
    public init?(_ answers: Answers) {
        self.init(confidences: answers.confidences, correct: answers.classes.indices.map(answers.isCorrect))
    }

    /// - Parameters:
    ///   - confidences: of each photo's answer, 0…1.
    ///   - correct: whether it is right.
    public init?(confidences: [Float], correct: [Bool]) {
        guard !confidences.isEmpty else { return nil }
        var (counts, sums) = ([Int](repeating: 0, count: Self.binCount), [Double](repeating: 0, count: Self.binCount))
        var hits = [Int](repeating: 0, count: Self.binCount)
        for (confidence, isCorrect) in zip(confidences, correct) {
            let place = (Double(confidence) * Double(Self.binCount)).rounded(.up)
            let bin = Int(max(0, min(place - 1, Double(Self.binCount - 1))))
            counts[bin] += 1
            sums[bin] += Double(confidence)
            hits[bin] += isCorrect ? 1 : 0
        }
        let photos = Double(confidences.count)
        error = counts.indices.reduce(0) { $0 + abs(sums[$1] - Double(hits[$1])) } / photos
        excess = (sums.reduce(0, +) - Double(hits.reduce(0, +))) / photos
        count = confidences.count
        bins = counts.indices.map { bin in
            let number = Double(counts[bin])
            return Bin(
                lower: Double(bin) / Double(Self.binCount), upper: Double(bin + 1) / Double(Self.binCount),
                count: counts[bin], confidence: number > 0 ? sums[bin] / number : nil,
                accuracy: number > 0 ? Double(hits[bin]) / number : nil)
        }
    }
}
