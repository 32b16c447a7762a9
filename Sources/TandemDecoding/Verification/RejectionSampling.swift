import TandemMath

/// Speculative sampling with rejection (Leviathan, Kalman, Matias, 2023; the rule of the paper): a guess x, drawn from the
/// drafter's law q, stands with probability `min(1, p(x) / q(x))`; the first that falls is replaced by a draw from what p
/// has more of, `(p − q)⁺`. Lossless in distribution: the text has the large model's law, but which text comes of a seed
/// depends on the drafter. ``ExactMatch`` is lossless token by token, and the default.
///
/// The law p is that of the sampling in use, penalties and filters included; q is the law that the drafter really drew from,
/// over its own, smaller vocabulary. A guess without a law, such as a look-up, is a law with one possibility.
///
/// Whether a token is judged must not depend on which token it is. ``BlockLengthPolicy`` sees to that by its form: it is
/// asked before a token is drawn, and every token that was drawn is judged.
public struct RejectionSampling: VerificationRule {
    /// The rule.
    public init() {}

    /// The same law.
    public var fidelity: Fidelity { .sameLaw }
    /// Its own: a shared one would tie the guess to the draw that judges it.
    public var draftNoise: DraftNoise { .independent }
    /// It must know q.
    public var needsDraftLogits: Bool { true }

    /// Judges token by token.
    public func judge(_ draft: Draft, against reading: SpanReading, using sampler: inout Sampler)
        throws -> Verdict
    {
        for (index, drafted) in draft.tokens.enumerated() {
            let large = try sampler.probabilities(from: reading.row + index, of: reading.logits)
            var generator = sampler.generator
            let guess = try draft.law(of: index, sampler)
            // u < p / q, without the division.
            if generator.nextUnit() * Double(guess.probability(of: drafted)) < Double(large[drafted]) {
                sampler.accept(drafted)
                continue
            }
            let next = guess.drawBeyond(large, unit: generator.nextUnit())
            sampler.accept(next)
            return Verdict(acceptedCount: index, next: next)
        }
        let next = try sampler.choose(from: reading.row + draft.tokens.count, of: reading.logits)
        sampler.accept(next)
        return Verdict(acceptedCount: draft.tokens.count, next: next)
    }
}

/// The law that a token of a draft was drawn from.
struct DraftLaw {
    /// A probability for each column; nil if `token` was certain.
    let probabilities: [Float]?
    let columns: DraftColumns?
    let token: Int

    func probability(of token: Int) -> Float {
        guard let probabilities else { return token == self.token ? 1 : 0 }
        let column = columns.map { $0.column(of: token) } ?? token
        return column.map { probabilities[$0] } ?? 0
    }

    /// Draws a token from the normalised positive part of `large` less this law.
    func drawBeyond(_ large: [Float], unit: Double) -> Int {
        var rest = large
        if let probabilities {
            for (column, probability) in probabilities.enumerated() where probability > 0 {
                let token = columns?.token(at: column) ?? column
                rest[token] = max(0, rest[token] - probability)
            }
        } else {
            rest[token] = 0
        }
        let total = rest.reduce(0.0) { $0 + Double($1) }
        // Equal laws leave nothing but rounding; then a draw from the large model's law is right.
        let (masses, sum) = total > 0 ? (rest, total) : (large, large.reduce(0.0) { $0 + Double($1) })
        var left = unit * sum
        var last = 0
        for (token, mass) in masses.enumerated() where mass > 0 {
            last = token
            left -= Double(mass)
            if left < 0 { break }
        }
        return last
    }
}

extension Draft {
    /// The law of a token, given a sampler that has accepted all before it.
    func law(of index: Int, _ sampler: Sampler) throws -> DraftLaw {
        guard let logits else {
            return DraftLaw(probabilities: nil, columns: nil, token: tokens[index])
        }
        return DraftLaw(
            probabilities: try sampler.probabilities(
                from: index, of: logits.matrix, columns: logits.columns),
            columns: logits.columns, token: tokens[index])
    }
}
