/// The tokens that a small model can draft, numbered from 0, and the numbers that the large model has for them.
///
/// A tiny drafter would spend most of its time on a head over the whole vocabulary; a few thousand rows, those that the
/// large model uses most, cover nearly all answers.
///
///     let vocabulary = try DraftVocabulary(tokens: [5, 900, 17], vocabularyCount: 1_000)
///     vocabulary.row(of: 900)   // 1
///     vocabulary.token(at: 1)   // 900
public struct DraftVocabulary: Sendable, Equatable {
    /// The large model's token for each row; nil if the rows are all its tokens in order.
    private let tokens: [Int32]?
    private let rows: [Int32]
    /// How many tokens the large model has.
    public let vocabularyCount: Int

    /// How many rows there are.
    public var count: Int { tokens?.count ?? vocabularyCount }

    /// Every token of the large model.
    public init(whole vocabularyCount: Int) {
        precondition(vocabularyCount > 0, "A vocabulary has tokens.")
        self.vocabularyCount = vocabularyCount
        tokens = nil
        rows = []
    }

    /// The given tokens, in this order.
    ///
    /// - Throws: ``ConfigurationError`` if a token is not the large model's or comes twice, or if there is none.
    public init(tokens: [Int], vocabularyCount: Int) throws {
        guard !tokens.isEmpty else { throw ConfigurationError("The draft vocabulary is empty.") }
        guard vocabularyCount > 0, vocabularyCount <= Int(Int32.max) else {
            throw ConfigurationError("A vocabulary of \(vocabularyCount) tokens cannot be.")
        }
        var rows = [Int32](repeating: -1, count: vocabularyCount)
        for (row, token) in tokens.enumerated() {
            guard token >= 0, token < vocabularyCount else {
                throw ConfigurationError(
                    "The draft vocabulary names token \(token), but the large model has \(vocabularyCount).")
            }
            guard rows[token] < 0 else { throw ConfigurationError("The draft vocabulary names token \(token) twice.") }
            rows[token] = Int32(row)
        }
        self.vocabularyCount = vocabularyCount
        self.tokens = tokens.map(Int32.init)
        self.rows = rows
    }

    /// The `count` tokens with the greatest counts, most frequent first and lower tokens first among equals; tokens that
    /// never occurred fill up in order.
    ///
    /// - Throws: ``ConfigurationError`` if `count` is not between 1 and the number of counts.
    public init(mostFrequent count: Int, counts: [Int]) throws {
        guard count > 0, count <= counts.count else {
            throw ConfigurationError(
                "A draft vocabulary of \(count) tokens cannot be chosen from \(counts.count); ask for 1 to \(counts.count)."
            )
        }
        let order = counts.indices.sorted { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1 }
        try self.init(tokens: Array(order.prefix(count)), vocabularyCount: counts.count)
    }

    /// The row of a token of the large model; nil if it cannot be drafted.
    public func row(of token: Int) -> Int? {
        precondition(token >= 0 && token < vocabularyCount, "There is no token \(token) among \(vocabularyCount).")
        guard tokens != nil else { return token }
        let row = rows[token]
        return row < 0 ? nil : Int(row)
    }

    /// The large model's tokens, row by row.
    public var allTokens: [Int32] { tokens ?? (0..<Int32(vocabularyCount)).map { $0 } }

    /// The large model's token for a row.
    public func token(at row: Int) -> Int {
        precondition(row >= 0 && row < count, "There is no row \(row) among \(count).")
        return tokens.map { Int($0[row]) } ?? row
    }
}
