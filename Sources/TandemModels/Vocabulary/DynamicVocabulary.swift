internal import TandemMath

/// Tokens that one conversation can draft beside those of the ``DraftVocabulary``: the ones that stand in its text.
///
/// A name in the prompt is likely to come up in the answer, however rare it is elsewhere. Their rows of the large model's
/// head follow the small model's own as further columns of logits:
///
///     column   0 ..................... staticCount .................. columnCount
///              draft vocabulary         tokens of the text
///
/// When `limit` is reached, a new token takes the place of the one that came first. Made by
/// ``SmallModel/makeDynamicVocabulary(limit:)``; a token takes below a microsecond to add.
///
///     vocabulary.insert(prompt)
///     let logits = try model.forward([.init(cache: cache, tokens: [next], extra: vocabulary)], …).logits
///     vocabulary.token(at: column)
public final class DynamicVocabulary {
    /// Tokens that it may hold.
    public let limit: Int
    /// The tokens, in the order of their columns.
    public private(set) var tokens: [Int32] = []
    let rows: WeightRows
    private let vocabulary: DraftVocabulary
    private var places: [Int32: Int] = [:]
    /// Which place the next token takes when all are taken.
    private var oldest = 0

    init(_ vocabulary: DraftVocabulary, head: WeightMatrix, limit: Int) {
        precondition(limit >= 0, "A vocabulary cannot hold \(limit) tokens.")
        self.vocabulary = vocabulary
        self.limit = limit
        rows = WeightRows(of: head, capacity: limit)
    }

    /// Columns of the draft vocabulary, before those of the tokens here.
    public var staticCount: Int { vocabulary.count }
    /// Columns that stand for a token.
    public var columnCount: Int { vocabulary.count + tokens.count }

    /// Adds those tokens that have no column yet; false if all have one. What the large model does not have is passed over.
    @discardableResult
    public func insert(_ tokens: some Sequence<Int>) -> Bool {
        var isChanged = false
        for token in tokens where insert(token) { isChanged = true }
        return isChanged
    }

    /// Adds a token; false if it has a column already.
    @discardableResult
    public func insert(_ token: Int) -> Bool {
        guard token >= 0, token < vocabulary.vocabularyCount, limit > 0, vocabulary.row(of: token) == nil,
            places[Int32(token)] == nil
        else { return false }
        if tokens.count < limit {
            places[Int32(token)] = tokens.count
            tokens.append(Int32(token))
            rows.append(copying: token)
        } else {
            places[tokens[oldest]] = nil
            places[Int32(token)] = oldest
            tokens[oldest] = Int32(token)
            rows.replace(oldest, copying: token)
            oldest = (oldest + 1) % limit
        }
        return true
    }

    /// Forgets all tokens: another conversation begins.
    public func removeAll() {
        tokens = []
        places = [:]
        oldest = 0
        rows.removeAll()
    }

    /// The token that a column of logits stands for; nil for columns that are there for another conversation's sake.
    public func token(at column: Int) -> Int? {
        if column < vocabulary.count { return vocabulary.token(at: column) }
        let place = column - vocabulary.count
        return place < tokens.count ? Int(tokens[place]) : nil
    }

    /// The column of a token; nil if it cannot be drafted.
    public func column(of token: Int) -> Int? {
        guard token >= 0, token < vocabulary.vocabularyCount else { return nil }
        return vocabulary.row(of: token) ?? places[Int32(token)].map { vocabulary.count + $0 }
    }
}
