/// With whom a conversation shares a round's passes, as far as can be told before anyone has drafted.
public struct RoundCompany: Sendable, Hashable {
    /// Conversations that choose tokens in the round, this one included.
    public var conversationCount: Int
    /// Rows that the others' drafts add to a pass of the large model, by what they did of late.
    public var otherDraftRows: Double
    /// Conversations among which a draft step is shared, this one included, by what they did of late.
    public var draftingCount: Double

    /// Company; without more than a number, others read no drafts, and all draft.
    public init(conversationCount: Int, otherDraftRows: Double = 0, draftingCount: Double? = nil) {
        let count = max(1, conversationCount)
        self.conversationCount = count
        self.otherDraftRows = max(0, otherDraftRows)
        self.draftingCount = min(max(1, draftingCount ?? Double(count)), Double(count))
    }

    /// None.
    public static let alone = RoundCompany(conversationCount: 1)
}

/// Follows how many of the conversations draft, and how much of it is read.
struct CompanyMeter {
    /// Drafted rows of a pass for each conversation that chose tokens.
    private var draftRows = 0.0
    /// The part of them that shared a draft step. All, to begin with: where drafting pays for many together, somebody has
    /// to be the first.
    private var draftingShare = 1.0
    /// How much one round counts.
    private static let rate = 0.1
    /// How fast the share is hoped to be that of all again, while nobody drafts.
    private static let recovery = 0.005

    /// What company the next round is.
    func company(conversationCount: Int) -> RoundCompany {
        RoundCompany(
            conversationCount: conversationCount, otherDraftRows: draftRows * Double(conversationCount - 1),
            draftingCount: draftingShare * Double(conversationCount))
    }

    mutating func recordRead(conversationCount: Int, draftRows rows: Int) {
        guard conversationCount > 0 else { return }
        draftRows += Self.rate * (Double(rows) / Double(conversationCount) - draftRows)
    }

    /// Takes note of a round's draft passes; none of them need have made a step.
    mutating func recordDrafts(conversationCount: Int, passes: [DraftPass]) {
        let steps = passes.reduce(0) { $0 + $1.stepCount }
        guard conversationCount > 0, steps > 0 else {
            draftingShare += Self.recovery * (1 - draftingShare)
            return
        }
        let tokens = passes.reduce(0) { $0 + $1.tokenCount }
        let share = Double(tokens) / Double(steps) / Double(conversationCount)
        draftingShare += Self.rate * (min(share, 1) - draftingShare)
    }
}
