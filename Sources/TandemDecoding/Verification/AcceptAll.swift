/// Every guess stands: the small model speaks, and the large one only reads along (the tandem stand-alone). **Lossy**: the
/// text is the small model's.
///
/// With the free token, the large model's prediction after each block, which reading it gives anyway, is said too: γ + 1
/// tokens in a round, of which it chooses one. Without it, the large model does not read the last token of a block, the
/// small model goes on from it, and all tokens are the small model's, from the first on: γ in a round.
public struct AcceptAll: VerificationRule, Hashable {
    /// Whether the large model's token after a block is taken.
    public let takesFreeToken: Bool

    /// The rule, with or without the free token.
    public init(takesFreeToken: Bool = true) { self.takesFreeToken = takesFreeToken }

    /// Lossy.
    public var fidelity: Fidelity { .lossy }

    /// Everything.
    public func judge(_ draft: Draft, against reading: SpanReading, using sampler: inout Sampler)
        throws -> Verdict
    {
        for token in draft.tokens { sampler.accept(token) }
        if !takesFreeToken, let last = draft.tokens.last {
            return Verdict(acceptedCount: draft.tokens.count - 1, next: last, isNextDrafted: true)
        }
        let next = try sampler.choose(from: reading.row + draft.tokens.count, of: reading.logits)
        sampler.accept(next)
        return Verdict(acceptedCount: draft.tokens.count, next: next)
    }
}
