public import TandemCheckpoint
public import TandemModels

/// Everything that decides what a run's weights become, apart from the data, the models and the number of ranks.
///
/// Kept as JSON in every checkpoint: a run goes on only with the same settings.
public struct TrainerSettings: Sendable, Equatable, Codable {
    /// Lengths of sequences and steps, and the order.
    public var plan: SequencePlan.Settings
    /// How sequences are cut into blocks.
    public var blocks: BlockPolicy
    /// What positions count by their place in a block.
    public var positionWeights: PositionWeights
    /// What is made small, stage by stage.
    public var objectives: ObjectiveSchedule
    /// The learning rate of every step; knows how many steps there are.
    public var rate: LearningRateSchedule
    /// The optimiser's constants.
    public var optimizer: AdamW.Settings
    /// How much of the weight average stays at each step.
    public var averageDecay: Double
    /// Where hidden states come from.
    public var states: StateOrigin
    /// Tokens whose gradients are made at once, at most (a single sequence always fits): bounds the memory of a step.
    public var microBatchTokenCount: Int
    /// How the weights will be stored, if passes shall see them rounded like that already.
    public var rounding: BundleStorage?

    /// Settings after a check.
    ///
    /// - Throws: ``TrainingError`` or `ConfigurationError` that says what cannot be.
    public init(
        plan: SequencePlan.Settings, blocks: BlockPolicy = .drawn(minimum: 1, maximum: 8),
        positionWeights: PositionWeights = .uniform, objectives: ObjectiveSchedule, rate: LearningRateSchedule,
        optimizer: AdamW.Settings = AdamW.Settings(), averageDecay: Double = 0.999, states: StateOrigin = .stored,
        microBatchTokenCount: Int = 4_096, rounding: BundleStorage? = nil
    ) throws {
        try blocks.validate()
        guard microBatchTokenCount > 0 else {
            throw TrainingError("Gradients of \(microBatchTokenCount) tokens at once cannot be; at least 1 is needed.")
        }
        if case .exponential(let scale) = positionWeights, !(scale.isFinite && scale > 0) {
            throw TrainingError("Position weights cannot fall over \(scale) positions; the number must be positive.")
        }
        self.plan = plan
        self.blocks = blocks
        self.positionWeights = positionWeights
        self.objectives = objectives
        self.rate = rate
        self.optimizer = optimizer
        self.averageDecay = averageDecay
        self.states = states
        self.microBatchTokenCount = microBatchTokenCount
        self.rounding = rounding
    }

    /// How many steps the run has.
    public var stepCount: Int { rate.totalSteps }
}
