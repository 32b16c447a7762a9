public import TandemMath

/// Chooses the tokens of one conversation.
///
/// It knows what came before, because penalties and noise depend on it: every token of the conversation is told to it once,
/// in order, by ``accept(_:)``. It has no other state, so choosing is a pure function of the logits, the options and the
/// tokens so far. That is what makes drafted text equal to undrafted text.
public struct Sampler {
    /// The options.
    public let sampling: Sampling
    /// The seed in use, chosen or given: with it, the same request has the same answer.
    public let seed: UInt64
    /// How many tokens the conversation has; the next one to be chosen has this index.
    public private(set) var position = 0
    private let vocabularyCount: Int
    private let promptCount: Int
    private var counts: PenaltyCounts?
    private let changesLogits: Bool
    /// Where logits are changed, if they are.
    private let scratch = AdjustedRows()
    private var draftNoise = DraftNoise.shared
    private var draftNumber = 0

    /// A sampler that has accepted the prompt.
    ///
    /// - Throws: ``GenerationError`` if the bias names a token that the model does not have.
    public init(_ sampling: Sampling, seed: UInt64, vocabularyCount: Int, prompt: [Int] = []) throws {
        for token in sampling.logitBias.keys.sorted() where token < 0 || token >= vocabularyCount {
            throw GenerationError.unknownToken(token: token, place: "logitBias", vocabularyCount: vocabularyCount)
        }
        self.sampling = sampling
        self.seed = seed
        self.vocabularyCount = vocabularyCount
        promptCount = prompt.count
        counts = sampling.penalizes ? PenaltyCounts(window: sampling.penaltyWindow) : nil
        changesLogits = sampling.penalizes || !sampling.logitBias.isEmpty
        for token in prompt { accept(token) }
    }

    /// Takes note of the conversation's next token.
    public mutating func accept(_ token: Int) {
        counts?.add(token, isAnswer: position >= promptCount)
        position += 1
    }

    /// The noise for the next token.
    public var noise: GumbelNoise {
        switch draftNoise {
        case .shared: GumbelNoise(seed: seed, position: position)
        // Another seed is another source: the mixer lets no two have anything to do with each other. Each draft has its own:
        // what was drawn for a place and thrown away has decided how long drafts are now, and must not be drawn again.
        case .independent:
            GumbelNoise(
                seed: (seed ^ 0x5bd1_e995_9e37_79b9) &+ UInt64(draftNumber) &* 0x9e37_79b9_7f4a_7c15, position: position
            )
        }
    }

    /// Random numbers for the next token that have nothing to do with ``noise``: for rules that draw to judge.
    var generator: SeededGenerator {
        SeededGenerator(seed: seed ^ 0x2545_f491_4f6c_dd1d, stream: UInt64(position) + 1)
    }

    /// The next token, from a row of logits.
    ///
    /// - Throws: ``GenerationError/logitsNotFinite(position:)``.
    public func choose(from row: Int, of logits: Matrix) throws -> Int {
        try chooseColumn(from: row, of: logits, columns: nil)
    }

    /// The column of the next token, from a row whose columns stand for the given tokens, or for all of them (nil).
    func chooseColumn(from row: Int, of logits: Matrix, columns: DraftColumns?) throws -> Int {
        let (row, logits) = adjust(row, of: logits, columns: columns)
        let column: Int
        if sampling.isGreedy {
            column = Kernels.argmax(logits, row: row)
        } else if sampling.truncates {
            let candidates = try candidates(row, of: logits)
            let tokens = columns?.tokens.map { all in candidates.tokens.map { all[Int($0)] } } ?? candidates.tokens
            column = Int(
                candidates.tokens[
                    Kernels.gumbelArgmax(candidates.logits, tokens: tokens, scale: sampling.scale, noise: noise)])
        } else {
            column = Kernels.gumbelArgmax(
                logits, row: row, tokens: columns?.tokens, scale: sampling.scale, noise: noise)
        }
        guard logits[row, column].isFinite else { throw GenerationError.logitsNotFinite(position: position) }
        return column
    }

    /// The law that ``choose(from:of:)`` draws from: a probability for each token of the vocabulary.
    ///
    /// - Throws: ``GenerationError/logitsNotFinite(position:)``.
    public func probabilities(from row: Int, of logits: Matrix) throws -> [Float] {
        try probabilities(from: row, of: logits, columns: nil)
    }

    /// The law of a row whose columns stand for the given tokens, or for all of them (nil): a probability for each column.
    func probabilities(from row: Int, of logits: Matrix, columns: DraftColumns?) throws -> [Float] {
        let count = logits.columns
        if sampling.isGreedy {
            var result = [Float](repeating: 0, count: count)
            result[try chooseColumn(from: row, of: logits, columns: columns)] = 1
            return result
        }
        let (row, logits) = adjust(row, of: logits, columns: columns)
        guard sampling.truncates else {
            let law = Matrix(rows: 1, columns: count)
            Kernels.softmax(logits, row: row, scale: sampling.scale, into: law)
            let result = law.row(0)
            guard let first = result.first, !first.isNaN else {
                throw GenerationError.logitsNotFinite(position: position)
            }
            return result
        }
        let candidates = try candidates(row, of: logits)
        var result = [Float](repeating: 0, count: count)
        for (column, probability) in zip(candidates.tokens, Kernels.softmax(candidates.logits, scale: sampling.scale)) {
            result[Int(column)] = probability
        }
        return result
    }

    private func candidates(_ row: Int, of logits: Matrix) throws -> Candidates {
        guard let candidates = Candidates(sampling, from: row, of: logits) else {
            throw GenerationError.logitsNotFinite(position: position)
        }
        return candidates
    }

    /// The row with bias and penalties: itself if there are none, otherwise a copy.
    private func adjust(_ row: Int, of logits: Matrix, columns: DraftColumns?) -> (row: Int, logits: Matrix) {
        let count = columns?.count ?? vocabularyCount
        precondition(
            logits.columns == count, "A row of \(logits.columns) logits is not one of a vocabulary of \(count).")
        guard changesLogits else { return (row, logits) }
        let adjusted = scratch.row(columns: count, isDrafted: columns != nil)
        adjusted.copyRows(1, from: logits, at: row)
        func column(_ token: Int) -> Int? {
            token >= 0 && token < vocabularyCount ? columns.map { $0.column(of: token) } ?? token : nil
        }
        for (token, bias) in sampling.logitBias {
            if let column = column(token) { adjusted[0, column] += bias }
        }
        for (token, count) in counts?.counts ?? [:] {
            guard let column = column(token) else { continue }
            var logit = adjusted[0, column]
            logit = logit > 0 ? logit / sampling.repetitionPenalty : logit * sampling.repetitionPenalty
            if count.inAnswer > 0 {
                logit -= Float(count.inAnswer) * sampling.frequencyPenalty + sampling.presencePenalty
            }
            adjusted[0, column] = logit
        }
        return (0, adjusted)
    }

    /// A sampler that draws a draft's tokens with the given noise. It may accept tokens of its own.
    ///
    /// - Parameters:
    ///   - noise: Whose noise.
    ///   - number: The draft's number in its conversation.
    func drafting(with noise: DraftNoise, number: Int = 0) -> Sampler {
        var copy = self
        copy.draftNoise = noise
        copy.draftNumber = number
        return copy
    }
}

/// Rows in which logits are changed: one for the vocabulary, one for a draft's columns, of which there are more as a text grows.
private final class AdjustedRows {
    private var whole: Matrix?
    private var drafted: Matrix?

    func row(columns: Int, isDrafted: Bool) -> Matrix {
        if let row = isDrafted ? drafted : whole, row.columns == columns { return row }
        let row = Matrix(rows: 1, columns: columns)
        if isDrafted { drafted = row } else { whole = row }
        return row
    }
}
