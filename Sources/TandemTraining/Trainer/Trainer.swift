public import TandemMath
public import TandemModels

/// Trains a small model beside a frozen large one, step by step.
///
/// A step takes this rank's share of the step's pieces through both models, a few thousand tokens at a time, adds the gradients
/// up over these and over the ranks, and lets the optimiser move the weights:
///
///     pieces of step n ── share ──► [ states ─► absorb, forward ─► head and loss ─► backward ] ── all-reduce ─► AdamW ─► average
///
/// The weights after a step are a function of the settings, the data, the first weights and the number of ranks: neither
/// threads nor interruptions change a bit. Between numbers of ranks they differ by the rounding of sums.
public final class Trainer {
    /// What a step came to, over all ranks.
    public struct StepReport: Sendable, Equatable {
        /// Which step it was, counted from 1.
        public let step: Int
        /// Which pass over the data, counted from 0.
        public let epoch: Int
        /// Losses before the step.
        public let sums: LossSums
        /// Tokens that were read.
        public let tokenCount: Int
        /// The gradient's norm before clipping.
        public let gradientNorm: Double
        /// The learning rate.
        public let rate: Double
        /// Whether some rank was asked to stop.
        public let isStopRequested: Bool
    }

    /// The small model's shape.
    public let configuration: TandemConfiguration
    /// What decides the weights.
    public let settings: TrainerSettings
    /// The processes that train together.
    public let collective: any Collective
    /// Steps that are done.
    public private(set) var step = 0
    let weights: TrainingWeights
    let optimizer: AdamW
    let average: WeightAverage
    /// What passes see, if not the weights themselves.
    let rounded: RoundedWeights?
    let data: TrainingData
    let large: LargeModel?
    let pool: ComputePool
    private let gradients: FloatArena
    private let gradientMatrices: [SmallParameter: Matrix]
    private let model: SmallModel
    private let reader: SequenceReader
    private let head: ChunkedHead
    private let headWeights: Matrix
    private let hiddenGradient: Matrix
    private var steps: StepSequence

    /// Prepares a run at its beginning.
    ///
    /// - Parameters:
    ///   - configuration: The small model's shape.
    ///   - initial: Its first weights; they are copied. With several ranks, those of rank 0 count.
    ///   - large: The frozen large model; may be nil if states are stored and the small model has an embedding of its own.
    ///   - data: What is learnt from.
    ///   - documents: Which documents of it; nil for all.
    ///   - settings: What decides the weights.
    ///   - collective: The processes that train together.
    ///   - pool: Threads for it.
    /// - Throws: ``TrainingError`` if states or the teacher's probabilities are missing, `ModelError` for weights.
    public init(
        _ configuration: TandemConfiguration, initial: [SmallParameter: Matrix], large: LargeModel?,
        data: TrainingData, documents: Range<Int>? = nil, settings: TrainerSettings,
        collective: any Collective = SingleProcess(), pool: ComputePool
    ) throws {
        try Self.check(configuration, settings: settings, data: data, large: large)
        self.configuration = configuration
        self.settings = settings
        self.collective = collective
        self.data = data
        self.large = large
        self.pool = pool
        steps = StepSequence(try SequencePlan(data, documents: documents, settings: settings.plan))
        weights = try TrainingWeights(configuration, initial: initial)
        try collective.broadcast(weights.arena, from: 0)
        optimizer = AdamW(layout: weights.layout, settings: settings.optimizer)
        average = try WeightAverage(of: weights.arena, decay: settings.averageDecay, on: pool)
        gradients = weights.layout.makeArena()
        gradientMatrices = weights.matrices(in: gradients)
        rounded = try RoundedWeights(of: weights, in: weights.arena, as: settings.rounding, on: pool)
        let all = weights.all(in: rounded?.arena ?? weights.arena)
        model = try SmallModel(configuration, weights: all, large: large, form: .training, pool: pool)
        let teaches = settings.objectives.stages.contains(where: \.objective.needsTeacher) && data.topCount == nil
        reader = SequenceReader(
            configuration, origin: settings.states, large: large, teaches: teaches, forTraining: true)
        head = ChunkedHead(vocabulary: configuration.draftVocabulary, width: configuration.small.width)
        guard let headWeights = all[.head] else {
            throw TrainingError("The small model has no head to train with.")
        }
        self.headWeights = headWeights
        head.load(headWeights, on: pool)
        hiddenGradient = Matrix(rows: 0, columns: configuration.small.width)
    }

    /// What one epoch is made of.
    public var plan: SequencePlan { steps.plan }

    /// The averaged weights of the whole model, frozen ones included: what is kept and evaluated. They are not rounded.
    public var averagedWeights: [SmallParameter: Matrix] { weights.all(in: average.weights) }

    /// How many numbers are trained.
    public var parameterCount: Int { weights.layout.parameterCount }

    // MARK: A step

    /// Takes one step.
    ///
    /// - Parameter isStopRequested: Whether this rank was asked to stop; all ranks hear of it in the report.
    /// - Throws: ``TrainingError`` if the gradient is not finite, or another rank failed.
    public func advance(isStopRequested: Bool = false) throws -> StepReport {
        let (pieces, epoch) = steps.pieces(ofStep: step)
        let share = SequencePlan.share(of: pieces, rank: collective.rank, of: collective.rankCount)
        let objective = settings.objectives.objective(at: step, of: settings.stepCount)
        let sequences = try share.map { piece in
            try TrainingSequence(
                piece, of: data, step: step, seed: settings.plan.seed, blocks: settings.blocks,
                positionWeights: settings.positionWeights)
        }
        var weight = [sequences.reduce(0) { $0 + $1.targets.totalWeight }]
        try collective.sum(&weight)
        gradients.all.fill(with: 0)
        var sums = LossSums()
        for part in MicroBatches.ranges(of: share, tokenCount: settings.microBatchTokenCount) {
            sums += try accumulate(
                Array(sequences[part]), pieces: Array(share[part]), objective: objective, normalizer: weight[0])
        }
        try collective.sum(gradients)
        var numbers = sums.numbers + [Double(share.reduce(0) { $0 + $1.tokens.count }), isStopRequested ? 1 : 0]
        try collective.sum(&numbers)
        let rate = settings.rate.rate(at: step)
        let report = try optimizer.step(weights: weights.arena, gradients: gradients, rate: rate, on: pool)
        average.update(with: weights.arena, on: pool)
        try refresh()
        step += 1
        return StepReport(
            step: step, epoch: epoch, sums: LossSums(numbers: numbers.dropLast(2)),
            tokenCount: Int(numbers[numbers.count - 2]), gradientNorm: report.gradientNorm, rate: rate,
            isStopRequested: numbers[numbers.count - 1] > 0)
    }

    /// Adds the gradients of some sequences.
    private func accumulate(
        _ sequences: [TrainingSequence], pieces: [SequencePlan.Piece], objective: Objective, normalizer: Double
    ) throws -> LossSums {
        let reading = try reader.read(
            sequences, pieces: pieces, of: data, capacity: settings.plan.sequenceLength, model: model, pool: pool)
        hiddenGradient.resize(rows: reading.hidden.rows)
        let teacher =
            objective.needsTeacher
            ? reader.teacher(
                reading, vocabulary: head.vocabulary, renormalizes: objective.renormalizes, pool: pool) : nil
        let sums = try head.evaluate(
            hidden: reading.hidden, targets: reading.targets, objective: objective,
            normalizer: max(normalizer, .leastNormalMagnitude), hiddenGradient: hiddenGradient,
            weightGradient: gradientMatrices[.head], teacher: teacher, on: pool)
        model.backward(
            hiddenGradient, absorbed: reading.spans, hiddenStates: reading.hiddenStates, gradients: gradientMatrices,
            scratch: reader.scratch, pool: pool)
        return sums
    }

    private func refresh() throws {
        try rounded?.update(on: pool)
        model.refresh(pool: pool)
        if gradientMatrices[.head] != nil { head.load(headWeights, on: pool) }
    }

    // MARK: Checkpoints

    /// The arenas that a checkpoint keeps.
    var arenas: [(name: String, arena: FloatArena)] {
        [
            ("weights", weights.arena), ("firstMoments", optimizer.firstMoments),
            ("secondMoments", optimizer.secondMoments), ("average", average.weights),
        ]
    }

    /// Everything else that a checkpoint keeps.
    func state(settings: String, record: RunRecord) -> TrainingState {
        TrainingState(
            step: step, optimizerStepCount: optimizer.stepCount, averageUpdateCount: average.updateCount,
            layout: weights.layout, settings: settings, record: record)
    }

    /// Goes on from a checkpoint, which rank 0 has read: others give nil, and get everything from it.
    ///
    /// - Throws: ``TrainingError`` if the checkpoint has other parameters, or lacks a part.
    func restore(_ checkpoint: TrainingCheckpoint?) throws {
        var counts = [0.0, 0, 0]
        if let checkpoint {
            for (name, arena) in arenas { try checkpoint.read(name, into: arena) }
            let state = checkpoint.state
            counts = [
                Double(state.step), Double(state.optimizerStepCount), Double(state.averageUpdateCount ?? 0),
            ]
        }
        try collective.sum(&counts)
        for (_, arena) in arenas { try collective.broadcast(arena, from: 0) }
        step = Int(counts[0])
        optimizer.restore(stepCount: Int(counts[1]))
        average.restore(updateCount: Int(counts[2]))
        try refresh()
    }

    // MARK: Checks

    private static func check(
        _ configuration: TandemConfiguration, settings: TrainerSettings, data: TrainingData, large: LargeModel?
    ) throws {
        guard data.vocabularyCount == configuration.small.vocabularyCount else {
            throw TrainingError(
                "\(data.name) has tokens of a vocabulary of \(data.vocabularyCount), but the models have "
                    + "\(configuration.small.vocabularyCount). Make the data with this large model's tokenizer.")
        }
        guard settings.plan.sequenceLength <= configuration.small.contextLength else {
            throw TrainingError(
                "Sequences of \(settings.plan.sequenceLength) tokens are longer than the \(configuration.small.contextLength) "
                    + "positions that the model has. Choose a shorter sequence length.")
        }
        let missing = configuration.capturedStates.subtracting(data.hasStates).sorted()
        if settings.states == .stored, !missing.isEmpty {
            throw TrainingError(
                "\(data.name) lacks the large model's hidden states \(missing.map(String.init).joined(separator: ", ")). "
                    + "Have them stored by tandem distill, or train with states that are recomputed.")
        }
        if settings.states == .recomputed, large == nil {
            throw TrainingError("Hidden states are to be recomputed, but the large model is not there.")
        }
        if settings.objectives.stages.contains(where: \.objective.needsTeacher), data.topCount == nil,
            settings.states == .stored
        {
            throw TrainingError(
                "The objective needs the large model's probabilities, and \(data.name) has none. Train with recomputed "
                    + "states, use data of tandem distill, or choose the objective ce.")
        }
    }
}
