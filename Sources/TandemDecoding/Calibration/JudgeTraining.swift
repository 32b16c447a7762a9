public import TandemMath

/// Trains a ``JudgeHead``: logistic regression on hidden states of tokens that are known to be good or bad, both kinds with
/// the same weight in all, by Adam on small batches.
public struct JudgeTraining: Sendable, Hashable, Codable {
    /// Times that every token is seen.
    public var epochCount = 20
    /// Tokens in a step.
    public var batchCount = 32
    /// Step size.
    public var learningRate: Float = 1e-3
    /// What pulls weights towards zero.
    public var decay: Float = 1e-3
    /// Where the order comes from.
    public var seed: UInt64 = 1

    /// The defaults.
    public init() {}

    /// Trains a head.
    ///
    /// - Parameters:
    ///   - states: A row for each token: the hidden state after the large model has read it.
    ///   - isGood: For each row, whether the token may stand.
    ///   - state: Which hidden state that is.
    ///   - progress: Told after every step how many tokens were learnt from.
    /// - Throws: What `progress` throws, which ends the training.
    public func train(
        on states: Matrix, isGood: [Bool], state: Int, progress: (Int) throws -> Void = { _ in }
    ) throws -> JudgeHead {
        let goodCount = isGood.count { $0 }
        precondition(
            states.rows == isGood.count && goodCount > 0 && goodCount < isGood.count && batchCount > 0,
            "A judge learns from good tokens and bad ones.")
        let width = states.columns
        let half = Float(isGood.count) / 2
        let weights = (good: half / Float(goodCount), bad: half / Float(isGood.count - goodCount))
        var adam = SmallAdam([Float](repeating: 0, count: width + 1), learningRate: learningRate)
        var generator = SeededGenerator(seed: seed, stream: 2)
        for epoch in 0..<epochCount {
            let order = generator.permutation(of: isGood.count)
            for start in stride(from: 0, to: order.count, by: batchCount) {
                let batch = order[start..<min(start + batchCount, order.count)]
                var gradient = adam.weights.map { decay * $0 }
                gradient[width] = 0
                for row in batch {
                    let channels = JudgeHead.normalized(states.row(row))
                    var logit = adam.weights[width]
                    for (channel, value) in channels.enumerated() { logit += adam.weights[channel] * value }
                    // d(cross entropy)/d(logit) = σ(logit) − label.
                    let slope =
                        (Kernels.softmax([logit, 0])[0] - (isGood[row] ? 1 : 0))
                        * (isGood[row] ? weights.good : weights.bad) / Float(batch.count)
                    for (channel, value) in channels.enumerated() { gradient[channel] += slope * value }
                    gradient[width] += slope
                }
                adam.step(gradient)
                try progress(epoch * order.count + start + batch.count)
            }
        }
        return JudgeHead(state: state, weights: Array(adam.weights[..<width]), bias: adam.weights[width])
    }
}

/// What a judge makes of tokens that are known to be good or bad.
public struct JudgeScore: Sendable, Hashable, Codable {
    /// What passes with one threshold.
    public struct Passing: Sendable, Hashable, Codable {
        /// The least score that passes.
        public var threshold: Float
        /// Share of good tokens that pass.
        public var good: Double
        /// Share of bad ones.
        public var bad: Double
    }

    /// Good tokens.
    public var goodCount: Int
    /// Bad tokens.
    public var badCount: Int
    /// How often a good token has a greater score than a bad one; nil if there are not both.
    public var discrimination: Double?
    /// By threshold.
    public var passing: [Passing]

    enum CodingKeys: String, CodingKey {
        case discrimination, passing
        case goodCount = "good"
        case badCount = "bad"
    }

    /// Scores a row for each token.
    public init(
        _ head: JudgeHead, on states: Matrix, isGood: [Bool], thresholds: [Float] = [0.5, 0.7, 0.9, 0.95, 0.99]
    ) {
        let scores = isGood.indices.map { head.score(states, row: $0) }
        goodCount = isGood.count { $0 }
        badCount = isGood.count - goodCount
        discrimination = ConfidenceScore.discrimination(zip(scores, isGood).map { ($0, $1) })
        let (good, bad) = (Double(max(1, goodCount)), Double(max(1, badCount)))
        passing = thresholds.map { threshold in
            let bound = Judge.leastScore(threshold)
            let passed = zip(scores, isGood).filter { $0.0 >= bound }.map(\.1)
            return Passing(
                threshold: threshold, good: Double(passed.count { $0 }) / good,
                bad: Double(passed.count { !$0 }) / bad)
        }
    }
}
