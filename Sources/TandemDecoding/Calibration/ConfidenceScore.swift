import TandemMath

/// How well a measure of confidence foretells what becomes of guesses.
public struct ConfidenceScore: Sendable, Hashable, Codable {
    /// Guesses.
    public var count: Int
    /// How far it is off the agreement of both models, in the mean.
    public var error: Double
    /// Its cross entropy with that agreement, in nats.
    public var crossEntropy: Double
    /// How often it is greater for a guess that stood than for one that did not: 0.5 for chance, 1 for an oracle. Nil if
    /// all guesses fared alike.
    public var discrimination: Double?

    enum CodingKeys: String, CodingKey {
        case count, error, discrimination
        case crossEntropy = "cross_entropy"
    }

    /// Holds a measure against what was observed.
    public init(_ observations: [DraftObservation], by confidence: (DraftConfidence) -> Float) {
        count = observations.count
        let levels = observations.map { min(1, max(0, confidence($0.confidence))) }
        let weight = 1 / Double(max(1, count))
        error = zip(levels, observations).reduce(0) { $0 + Double(abs($1.0 - $1.1.agreement)) } * weight
        let yes = Kernels.negativeLogarithms(levels.map { max($0, 1e-6) })
        let no = Kernels.negativeLogarithms(levels.map { max(1 - $0, 1e-6) })
        crossEntropy =
            observations.indices.reduce(0) { sum, index in
                let agreement = Double(observations[index].agreement)
                return sum + agreement * Double(yes[index]) + (1 - agreement) * Double(no[index])
            } * weight
        discrimination = Self.discrimination(zip(levels, observations).map { ($0, $1.stood) })
    }

    /// The share of pairs of one that is so and one that is not in which the first has the greater level; equal levels count
    /// half. Nil if there is no pair.
    static func discrimination(_ cases: [(level: Float, isSo: Bool)]) -> Double? {
        let positives = cases.count { $0.isSo }
        let negatives = cases.count - positives
        guard positives > 0, negatives > 0 else { return nil }
        let sorted = cases.sorted { $0.level < $1.level }
        var (wins, negativesBelow, start) = (0.0, 0, 0)
        while start < sorted.count {
            var end = start
            while end < sorted.count, sorted[end].level == sorted[start].level { end += 1 }
            let positivesHere = sorted[start..<end].count { $0.isSo }
            let negativesHere = end - start - positivesHere
            wins += Double(positivesHere) * (Double(negativesBelow) + Double(negativesHere) / 2)
            negativesBelow += negativesHere
            start = end
        }
        return wins / (Double(positives) * Double(negatives))
    }
}
