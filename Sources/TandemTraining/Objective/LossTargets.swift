/// The teacher's most probable tokens at every position, as stored with its answers.
public struct TopTokens: Sendable, Equatable {
    /// Tokens kept for each position.
    public let count: Int
    /// The large model's tokens, `count` for each position; no token twice at one.
    public let tokens: [UInt32]
    /// Their log-probabilities, in the same order.
    public let logProbabilities: [Float]

    /// Both lists have `count` entries for each position.
    public init(count: Int, tokens: [UInt32], logProbabilities: [Float]) {
        precondition(
            count > 0 && tokens.count == logProbabilities.count && tokens.count % count == 0,
            "\(tokens.count) tokens and \(logProbabilities.count) log-probabilities are not \(count) for each position."
        )
        self.count = count
        self.tokens = tokens
        self.logProbabilities = logProbabilities
    }

    /// How many positions.
    public var positionCount: Int { tokens.count / count }
}

/// What the positions of a sequence, or of several, shall predict.
public struct LossTargets: Sendable, Equatable {
    /// The next token at every position, as the large model numbers it.
    public var labels: [Int]
    /// How much every position counts; 0 leaves it out, and it costs nothing.
    public var weights: [Float]
    /// The teacher's most probable tokens, if they were stored.
    public var top: TopTokens?

    /// Targets for as many positions as there are labels.
    public init(labels: [Int], weights: [Float], top: TopTokens? = nil) {
        precondition(labels.count == weights.count, "\(labels.count) labels have \(weights.count) weights.")
        precondition(top.map { $0.positionCount == labels.count } ?? true, "The teacher speaks of other positions.")
        self.labels = labels
        self.weights = weights
        self.top = top
    }

    /// The sum of all weights: what a batch's loss is divided by.
    public var totalWeight: Double { weights.reduce(0) { $0 + Double($1) } }
}

/// What a pass over some positions came to. Sums, so that parts of a batch and ranks can be added.
public struct LossSums: Sendable, Equatable {
    /// The weighted objective.
    public var objective = 0.0
    /// The weights.
    public var weight = 0.0
    /// Positions that count.
    public var positionCount = 0
    /// Of these, positions whose next token has a row.
    public var labelledCount = 0
    /// −ln p of the next token over the labelled positions.
    public var label = 0.0
    /// Positions at which the most probable token is the next one.
    public var correctCount = 0
    /// Positions with a teacher.
    public var taughtCount = 0
    /// Cross entropy with the teacher over these.
    public var soft = 0.0
    /// The teacher's entropy over these.
    public var teacherEntropy = 0.0
    /// Σ min(p, q) over these, with the teacher's law as it is: scaled up to 1 for no objective. Of a teacher whose top tokens
    /// alone were stored, what it gives to others is missing.
    public var overlap = 0.0
    /// Positions at which the most probable token is the teacher's too.
    public var agreementCount = 0

    /// Nothing yet.
    public init() {}

    /// Both together.
    public static func += (sum: inout LossSums, other: LossSums) {
        sum.objective += other.objective
        sum.weight += other.weight
        sum.positionCount += other.positionCount
        sum.labelledCount += other.labelledCount
        sum.label += other.label
        sum.correctCount += other.correctCount
        sum.taughtCount += other.taughtCount
        sum.soft += other.soft
        sum.teacherEntropy += other.teacherEntropy
        sum.overlap += other.overlap
        sum.agreementCount += other.agreementCount
    }

    /// The objective for each unit of weight.
    public var loss: Double { objective / max(weight, .leastNormalMagnitude) }
    /// Share of positions whose next token is the most probable one.
    public var accuracy: Double { Double(correctCount) / Double(max(1, positionCount)) }
    /// Share of positions with a teacher whose most probable token is the teacher's.
    public var agreement: Double { Double(agreementCount) / Double(max(1, taughtCount)) }
    /// Mean total variation distance to the teacher, counting as missed what it gives to tokens without a row.
    public var variation: Double { 1 - overlap / Double(max(1, taughtCount)) }
}
