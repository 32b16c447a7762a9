import TandemMath
public import TandemModels

/// One span of tokens to train on: what is read, what is to be predicted, how it is cut into blocks.
public struct TrainingSequence: Sendable, Equatable {
    /// Its number among the pieces of the data.
    public let piece: Int
    /// Tokens that are read.
    public let inputs: [Int]
    /// The next token at each, with its weight: 0 where it is not to be learnt; and what the large model expected, if
    /// that was stored.
    public let targets: LossTargets
    /// Where blocks begin.
    public let blocks: BlockSchedule

    /// Reads a piece. The blocks' lengths are drawn from the seed, the step and the piece, so that they do not depend on
    /// the rank that trains it.
    ///
    /// - Throws: ``TrainingError`` if a file holds strange tokens.
    public init(
        _ piece: SequencePlan.Piece, of data: TrainingData, step: Int, seed: UInt64, blocks policy: BlockPolicy,
        positionWeights: PositionWeights = .uniform
    ) throws {
        let tokens = try data.tokens(piece.tokens)
        let marks = data.marks(piece.tokens)
        let count = tokens.count - 1
        var stepGenerator = SeededGenerator(seed: seed, stream: UInt64(step) &+ 1)
        var generator = SeededGenerator(seed: stepGenerator.next(), stream: UInt64(piece.index) &+ 1)
        let schedule = policy.schedule(count: count, using: &generator)
        self.piece = piece.index
        inputs = Array(tokens.dropLast())
        blocks = schedule
        targets = LossTargets(
            labels: Array(tokens.dropFirst()),
            weights: (0..<count).map { marks[$0 + 1] ? positionWeights.weight(at: schedule.index(of: $0)) : 0 },
            top: try data.topTokens(piece.tokens.dropLast()))
    }
}
