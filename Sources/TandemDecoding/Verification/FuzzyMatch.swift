import TandemMath

/// A guess stands where both models' laws are near each other, whichever token it is, and where the large model chooses the
/// same token. **Lossy**: a knob for speed against quality.
///
///     FuzzyMatch(.jensenShannon, threshold: 0.1)        // Fuzzy Speculative Decoding (Holsman et al., 2025)
///     FuzzyMatch(.kullbackLeibler, threshold: 0.3)      // a KL threshold, in place of a trained judge (2026)
///
/// The laws compared are the models' own, before temperature, penalties and filters. Where they are too far apart, the
/// token is the one that the large model chooses, and the draft goes on if that was the guess. With threshold 0 it is
/// ``ExactMatch`` but for laws that are equal to the bit. Guesses without a law, such as look-ups, must match exactly.
public struct FuzzyMatch: VerificationRule, Hashable, Codable {
    /// What is measured.
    public let divergence: Divergence
    /// How far apart laws may lie.
    public let threshold: Double
    /// Whether only the large model's likeliest tokens, this many, are compared one by one, the rest as one; nil for all.
    public let topCount: Int?

    /// The rule.
    public init(_ divergence: Divergence = .jensenShannon, threshold: Double, topCount: Int? = nil) {
        self.divergence = divergence
        self.threshold = threshold
        self.topCount = topCount
    }

    /// Lossy.
    public var fidelity: Fidelity { .lossy }
    /// It compares laws.
    public var needsDraftLogits: Bool { true }

    /// Judges token by token.
    public func judge(_ draft: Draft, against reading: SpanReading, using sampler: inout Sampler)
        throws -> Verdict
    {
        try judgeLeniently(draft, against: reading, using: &sampler) { index in
            guard let logits = draft.logits else { return false }
            let (large, small) = laws(reading.logits, reading.row + index, logits, index)
            return divergence.between(large, small) <= threshold
        }
    }

    /// Both laws over the same outcomes.
    private func laws(
        _ large: Matrix, _ row: Int, _ small: DraftLogits, _ index: Int
    ) -> (large: [Float], small: [Float]) {
        let p = Kernels.softmax(large.row(row))
        let drafted = Kernels.softmax(small.matrix.row(index))
        var q = drafted
        if small.columns.tokens != nil {
            q = [Float](repeating: 0, count: p.count)
            for (column, probability) in drafted.enumerated() {
                q[small.columns.token(at: column)] = probability
            }
        }
        guard let topCount else { return (p, q) }
        let top = Kernels.greatestColumns(of: large, row: row, count: topCount)
        func bucketed(_ law: [Float]) -> [Float] {
            let kept = top.map { law[Int($0)] }
            return kept + [Float(max(0, 1 - kept.reduce(0.0) { $0 + Double($1) }))]
        }
        return (bucketed(p), bucketed(q))
    }
}

extension VerificationRule {
    /// The large model chooses, as in ``ExactMatch``; a guess that is another token stands all the same if `isGoodEnough`.
    func judgeLeniently(
        _ draft: Draft, against reading: SpanReading, using sampler: inout Sampler,
        isGoodEnough: (Int) -> Bool
    ) throws -> Verdict {
        for (index, drafted) in draft.tokens.enumerated() {
            let chosen = try sampler.choose(from: reading.row + index, of: reading.logits)
            guard chosen == drafted || isGoodEnough(index) else {
                sampler.accept(chosen)
                return Verdict(acceptedCount: index, next: chosen)
            }
            sampler.accept(drafted)
        }
        let next = try sampler.choose(from: reading.row + draft.tokens.count, of: reading.logits)
        sampler.accept(next)
        return Verdict(acceptedCount: draft.tokens.count, next: next)
    }
}
