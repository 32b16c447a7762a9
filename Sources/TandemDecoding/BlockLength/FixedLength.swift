/// Always the same length, γ in the literature.
public struct FixedLength: BlockLengthPolicy, Hashable {
    /// How many tokens a draft has.
    public let count: Int
    /// How many of the likeliest tokens are reported with each guess; nil for no confidences, which nobody here looks at.
    public let topCount: Int?

    /// Drafts of `count` tokens; with 0 nothing is drafted. `topCount` is for those who observe.
    public init(_ count: Int, topCount: Int? = nil) {
        precondition(count >= 0, "A draft cannot have \(count) tokens.")
        self.count = count
        self.topCount = topCount
    }

    /// Whether the draft is shorter.
    public func wantsMore(than draft: Draft) -> Bool { draft.tokens.count < count }
}
