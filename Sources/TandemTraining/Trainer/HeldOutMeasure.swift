import TandemMath
import TandemModels

/// Measures the averaged weights of a run on text that it does not learn from; rounded, if the run's passes see them so.
///
/// Blocks are cut the same way every time, so that curves show the weights alone.
public final class HeldOutMeasure {
    /// Marked tokens of one document that curves of drafting read at most: many answers say more than long ones.
    private static let answerLength = 48

    private let trainer: Trainer
    private let data: TrainingData
    private let documents: Range<Int>?
    private let pieces: [SequencePlan.Piece]
    private let reader: SequenceReader
    private let head: ChunkedHead
    private let headWeights: Matrix
    private let rounded: RoundedWeights?
    private let model: SmallModel
    private let drafts: HeldOutDrafts?

    /// Chooses pieces of `data`, up to `tokenCount` tokens in an order drawn from the run's seed.
    ///
    /// - Parameters:
    ///   - trainer: Whose weights are measured.
    ///   - data: What is read.
    ///   - documents: Which documents of it; nil for all.
    ///   - tokenCount: How much is read.
    ///   - draftTokenCount: How many tokens ``measureDrafts()`` predicts, about; 0 for none.
    /// - Throws: ``TrainingError`` if there is nothing to measure, or the run's states are stored and these are not.
    public init(
        of trainer: Trainer, on data: TrainingData, documents: Range<Int>? = nil, tokenCount: Int,
        draftTokenCount: Int = 0
    ) throws {
        // Said before the first step, not at the first measurement.
        let stored = StoredStates(for: trainer.configuration, needsTeacher: false, in: [data])
        if trainer.settings.states == .stored, let complaint = stored.complaint {
            throw TrainingError("\(complaint) \(stored.remedy) Or train with states that are recomputed.")
        }
        self.trainer = trainer
        self.data = data
        self.documents = documents
        let plan = try SequencePlan(data, documents: documents, settings: trainer.settings.plan)
        var (pieces, count) = ([SequencePlan.Piece](), 0)
        for piece in plan.steps(ofEpoch: 0).joined() where count < tokenCount {
            pieces.append(piece)
            count += piece.tokens.count
        }
        self.pieces = pieces
        let configuration = trainer.configuration
        let average = trainer.average.weights
        rounded = try RoundedWeights(
            of: trainer.weights, in: average, as: trainer.settings.rounding, on: trainer.pool)
        let weights = trainer.weights.all(in: rounded?.arena ?? average)
        guard let headWeights = weights[.head] else {
            throw TrainingError("The small model has no head to measure with.")
        }
        self.headWeights = headWeights
        model = try SmallModel(
            configuration, weights: weights, large: trainer.large, form: .training, pool: trainer.pool)
        // One rank is enough for so little.
        if draftTokenCount > 0, let large = trainer.large, trainer.collective.rank == 0 {
            drafts = try HeldOutDrafts(
                of: model, beside: large, on: data, documents: documents,
                count: (draftTokenCount + Self.answerLength - 1) / Self.answerLength,
                longest: plan.settings.sequenceLength, answerLength: Self.answerLength, pool: trainer.pool)
        } else {
            drafts = nil
        }
        reader = SequenceReader(
            configuration, origin: trainer.settings.states, large: trainer.large, teaches: data.topCount == nil,
            forTraining: false)
        head = ChunkedHead(vocabulary: configuration.draftVocabulary, width: configuration.small.width)
        head.load(headWeights, on: trainer.pool)
    }

    /// Tokens that are read.
    public var tokenCount: Int { pieces.reduce(0) { $0 + $1.tokens.count } }

    /// What drafting would bring with the averaged weights as they are now: acceptance by place in a block, tokens per round.
    ///
    /// - Returns: Nil if that is not measured, or on another rank than the first.
    public func measureDrafts() throws -> EvaluationReport? {
        guard let drafts else { return nil }
        try refresh()
        return try drafts.measure()
    }

    /// The same on whole documents, up to so many, evenly spread: enough for standard errors to say how far figures can be off.
    ///
    /// - Returns: Nil if drafting is not measured, or on another rank than the first.
    public func measureDrafts(documentCount: Int) throws -> EvaluationReport? {
        guard drafts != nil, let large = trainer.large else { return nil }
        try refresh()
        return try HeldOutDrafts(
            of: model, beside: large, on: data, documents: documents, count: documentCount,
            longest: trainer.settings.plan.sequenceLength, pool: trainer.pool
        ).measure()
    }

    /// The losses with the averaged weights as they are now, over all ranks.
    public func measure() throws -> LossSums {
        let (settings, pool) = (trainer.settings, trainer.pool)
        try refresh()
        let objective = settings.objectives.objective(at: trainer.step, of: settings.stepCount)
        let share = SequencePlan.share(
            of: pieces, rank: trainer.collective.rank, of: trainer.collective.rankCount)
        var sums = LossSums()
        for part in MicroBatches.ranges(of: share, tokenCount: settings.microBatchTokenCount) {
            let pieces = Array(share[part])
            let sequences = try pieces.map {
                try TrainingSequence(
                    $0, of: data, step: 0, seed: settings.plan.seed, blocks: settings.blocks,
                    positionWeights: settings.positionWeights)
            }
            let reading = try reader.read(
                sequences, pieces: pieces, of: data, capacity: settings.plan.sequenceLength, model: model, pool: pool)
            sums += try head.evaluate(
                hidden: reading.hidden, targets: reading.targets, objective: objective,
                normalizer: 1, hiddenGradient: nil,
                teacher: reader.teacher(
                    reading, vocabulary: head.vocabulary, renormalizes: objective.renormalizes, pool: pool), on: pool)
        }
        var numbers = sums.numbers
        try trainer.collective.sum(&numbers)
        return LossSums(numbers: numbers)
    }

    private func refresh() throws {
        try rounded?.update(on: trainer.pool)
        model.refresh(pool: trainer.pool)
        if trainer.configuration.head == .own { head.load(headWeights, on: trainer.pool) }
    }
}
