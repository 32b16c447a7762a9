public import TandemMath

/// A guess stands where the large model would have chosen it, or where a linear judge of the large model's state, after it
/// has read the guess, says that the text is still good (Judge Decoding; Bachmann et al., 2025). **Lossy**.
public struct Judge: VerificationRule {
    /// The judge's weights.
    public let head: JudgeHead
    /// The least score of a guess that stands, between 0 and 1.
    public let threshold: Float

    /// The rule.
    public init(_ head: JudgeHead, threshold: Float = 0.5) {
        self.head = head
        self.threshold = threshold
    }

    /// Lossy.
    public var fidelity: Fidelity { .lossy }
    /// The one that is judged by.
    public var capturedStates: Set<Int> { [head.state] }

    /// Judges token by token.
    public func judge(_ draft: Draft, against reading: SpanReading, using sampler: inout Sampler)
        throws -> Verdict
    {
        let bound = Self.leastScore(threshold)
        return try judgeLeniently(draft, against: reading, using: &sampler) { index in
            guard let states = reading.states.hiddenStates[head.state] else { return false }
            return head.score(states, row: reading.states.rows.lowerBound + index + 1) >= bound
        }
    }

    /// The logit that belongs to a threshold: σ(z) ≥ threshold is z ≥ ln(threshold / (1 − threshold)).
    static func leastScore(_ threshold: Float) -> Float {
        let logarithms = Kernels.negativeLogarithms([max(threshold, 1e-30), max(1 - threshold, 1e-30)])
        return logarithms[1] - logarithms[0]
    }
}

/// A linear head on one of the large model's hidden states.
public struct JudgeHead: Sendable, Hashable, Codable {
    /// Which hidden state it reads (see `LargeModel`); the last, usually.
    public let state: Int
    /// A weight for each channel.
    public let weights: [Float]
    /// Added to the sum.
    public let bias: Float

    /// A head.
    public init(state: Int, weights: [Float], bias: Float) {
        self.state = state
        self.weights = weights
        self.bias = bias
    }

    /// The logit of "good" for a row of states, which is brought to a root mean square of 1 first.
    public func score(_ states: Matrix, row: Int) -> Float {
        precondition(
            states.columns == weights.count,
            "The judge reads \(weights.count) channels, not \(states.columns).")
        var sum = 0.0
        for (value, weight) in zip(Self.normalized(states.row(row)), weights) { sum += Double(value) * Double(weight) }
        return Float(sum) + bias
    }

    /// Channels at a root mean square of 1.
    static func normalized(_ channels: [Float]) -> [Float] {
        let squares = channels.reduce(0.0) { $0 + Double($1) * Double($1) }
        guard squares > 0 else { return channels }
        let scale = Float((Double(channels.count) / squares).squareRoot())
        return channels.map { $0 * scale }
    }
}
