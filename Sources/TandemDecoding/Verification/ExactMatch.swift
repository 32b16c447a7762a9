/// The large model chooses every token itself, as it would without a draft, and the draft stands as far as it agrees.
///
/// With greedy sampling this is the usual greedy match. When sampling it is *coupled* sampling: the noise at a position is
/// the same whoever draws with it, so a drafter that draws with it too (from its own logits) often draws the same token, and
/// the text is, token by token, that of the large model alone (Daliri, Musco, Suresh, 2024). Penalties count the tokens
/// that stand, one by one.
public struct ExactMatch: VerificationRule {
    /// The rule.
    public init() {}

    /// The same text.
    public var fidelity: Fidelity { .sameText }

    /// Chooses until the draft is wrong or at its end.
    public func judge(_ draft: Draft, against reading: SpanReading, using sampler: inout Sampler) throws -> Verdict {
        for (index, drafted) in draft.tokens.enumerated() {
            let chosen = try sampler.choose(from: reading.row + index, of: reading.logits)
            sampler.accept(chosen)
            if chosen != drafted { return Verdict(acceptedCount: index, next: chosen) }
        }
        let next = try sampler.choose(from: reading.row + draft.tokens.count, of: reading.logits)
        sampler.accept(next)
        return Verdict(acceptedCount: draft.tokens.count, next: next)
    }
}
