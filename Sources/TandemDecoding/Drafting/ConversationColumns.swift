import TandemModels

/// What one conversation's drafts are made of: the tokens that its small model's head has, and those that stand in its text.
///
/// A head over a part of the vocabulary would miss every rare name and number that a text is about, although answers repeat
/// just these. Rows of the large model's head for such tokens cost a drafter what they add to its head: little, since
/// there are at most ``limit``; then the token that came first gives way.
///
/// They are a function of the conversation's tokens alone, so that the same text has the same drafts, whether it is
/// told at once or bit by bit.
struct ConversationColumns {
    /// Tokens beside those of the head, at most.
    static let limit = 256

    /// Rows for a pass of the small model; nil if its head lacks no token or cannot be added to.
    let extra: DynamicVocabulary?
    private let fixed: DraftColumns
    private var current: DraftColumns

    /// Those of the head alone, to begin with.
    init(_ fixed: DraftColumns, extra: DynamicVocabulary?) {
        self.fixed = fixed
        self.extra = extra
        current = fixed
    }

    /// What columns stand for, at present.
    var columns: DraftColumns { current }

    /// Takes note of tokens of the conversation.
    mutating func insert(_ tokens: [Int]) {
        guard let extra, extra.insert(tokens) else { return }
        current = DraftColumns(fixed, followedBy: extra.tokens)
    }

    /// Forgets the conversation.
    mutating func removeAll() {
        extra?.removeAll()
        current = fixed
    }
}
