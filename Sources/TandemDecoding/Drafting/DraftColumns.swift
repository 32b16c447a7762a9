public import TandemModels

/// Which tokens the columns of a drafter's logits stand for.
///
/// First come those of the small model's head, which are the same for all conversations, then those that one conversation
/// has besides (`ConversationColumns`).
public struct DraftColumns: Sendable {
    /// The tokens, column by column; nil if they are all of the vocabulary in order.
    public let tokens: [UInt32]?
    private let vocabulary: DraftVocabulary
    /// The columns of tokens that are not in the vocabulary.
    private let extra: [Int32: Int]

    /// The columns of a small model's head.
    public init(_ vocabulary: DraftVocabulary) {
        self.vocabulary = vocabulary
        tokens = vocabulary.count < vocabulary.vocabularyCount ? vocabulary.allTokens.map(UInt32.init) : nil
        extra = [:]
    }

    /// The columns of a head, followed by those of some tokens that it does not have.
    public init(_ fixed: DraftColumns, followedBy extra: [Int32]) {
        precondition(
            extra.allSatisfy { fixed.vocabulary.row(of: Int($0)) == nil } && Set(extra).count == extra.count,
            "A token has one column.")
        vocabulary = fixed.vocabulary
        tokens = extra.isEmpty ? fixed.tokens : fixed.tokens.map { $0 + extra.map(UInt32.init) }
        self.extra = Dictionary(
            uniqueKeysWithValues: extra.enumerated().map { ($1, fixed.vocabulary.count + $0) })
    }

    /// How many there are.
    public var count: Int { vocabulary.count + extra.count }

    /// The token that a column stands for.
    public func token(at column: Int) -> Int { tokens.map { Int($0[column]) } ?? column }

    /// The column of a token, if it has one.
    public func column(of token: Int) -> Int? { vocabulary.row(of: token) ?? extra[Int32(token)] }
}
