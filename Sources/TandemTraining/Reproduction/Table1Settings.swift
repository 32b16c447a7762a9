public import TandemModels

/// How long a reproduction may take.
public enum ReproductionBudget: String, Sendable, Codable, CaseIterable {
    /// A minute: a tiny large model, trained on the spot.
    case smoke
    /// About a quarter of an hour of a real model.
    case short
    /// One to two hours: what results are stated from.
    case full
}

/// What the four models of table 1 have in common: everything but memory and objective.
public struct Table1Settings: Sendable, Equatable, Codable {
    /// Layers of the small model.
    public var layerCount: Int
    /// Rows of the head; nil for the whole vocabulary.
    public var draftVocabularyCount: Int?
    /// Whether weights begin as copies of the large model's; in the models without memory too.
    public var startsWarm: Bool
    /// Whether the models with memory add the large model's last state to their input.
    public var addsLastState: Bool
    /// How training sequences are cut into blocks.
    public var blocks: BlockPolicy
    /// Steps.
    public var stepCount: Int
    /// Tokens of a step.
    public var stepTokenCount: Int
    /// Tokens of a sequence.
    public var sequenceLength: Int
    /// The greatest learning rate.
    public var rate: Double
    /// The part of all steps in which the distilled models, too, learn the data alone: the paper's first stage.
    public var firstStage: Double
    /// The data's share of the objective in the second stage: λ in the paper.
    public var dataShare: Double
    /// How much of the weights' average stays at each step.
    public var averageDecay: Double
    /// One run of each model for every seed.
    public var seeds: [UInt64]
    /// Where hidden states come from.
    public var states: StateOrigin
    /// Steps between two points of a curve.
    public var measureStepCount: Int
    /// Held-out tokens that a curve is measured on.
    public var measureTokenCount: Int
    /// The longest block that is evaluated.
    public var evaluatedBlockLength: Int
    /// Places in a block that the table's figures are means over: the paper's blocks have two.
    public var tablePlaceCount: Int

    /// Settings for a budget.
    public init(budget: ReproductionBudget) {
        layerCount = budget == .smoke ? 1 : 2
        draftVocabularyCount = budget == .smoke ? nil : 8_192
        startsWarm = true
        addsLastState = true
        blocks = .drawn(minimum: 1, maximum: 8)
        firstStage = 0.5
        dataShare = 0.5
        averageDecay = 0.99
        states = .recomputed
        tablePlaceCount = 2
        switch budget {
        case .smoke:
            // Few steps: the made-up language is so small that after twice as many one layer by itself has learnt more of it
            // than memory tells, and the order turns.
            (stepCount, stepTokenCount, sequenceLength) = (60, 1_024, 128)
            (rate, seeds, measureStepCount, measureTokenCount) = (3e-3, [1], 20, 2_048)
            evaluatedBlockLength = 4
        case .short:
            (stepCount, stepTokenCount, sequenceLength) = (150, 2_048, 512)
            (rate, seeds, measureStepCount, measureTokenCount) = (1e-3, [1], 50, 8_192)
            evaluatedBlockLength = 4
        case .full:
            (stepCount, stepTokenCount, sequenceLength) = (500, 2_048, 512)
            (rate, seeds, measureStepCount, measureTokenCount) = (1e-3, [1, 2, 3], 50, 8_192)
            evaluatedBlockLength = 8
        }
    }

    /// The shape of one of the models beside a large one.
    ///
    /// - Throws: `ConfigurationError` if the parts do not fit.
    public func configuration(
        of arm: Table1Arm, beside large: TransformerConfiguration, draftTokens: [Int]?
    ) throws -> TandemConfiguration {
        try SmallModelPreset.base.configuration(
            beside: large, memory: arm.hasMemory ? .perLayer(.topAligned) : .none, layerCount: layerCount,
            draftTokens: draftTokens, addsLastState: addsLastState && arm.hasMemory)
    }

    /// What decides the weights of one run.
    ///
    /// - Throws: ``TrainingError`` if a number is out of range.
    public func trainerSettings(of arm: Table1Arm, seed: UInt64) throws -> TrainerSettings {
        let objectives =
            arm.isDistilled
            ? try ObjectiveSchedule(stages: [
                .init(end: firstStage, objective: .data),
                .init(end: 1, objective: .tandemDistil(share: dataShare)),
            ]) : ObjectiveSchedule(.data)
        return try TrainerSettings(
            plan: .init(sequenceLength: sequenceLength, stepTokenCount: stepTokenCount, seed: seed),
            blocks: arm.hasMemory ? blocks : .whole, objectives: objectives,
            rate: LearningRateSchedule(
                peak: rate, warmUpSteps: stepCount / 20, totalSteps: stepCount, finalShare: 0.02),
            optimizer: AdamW.Settings(weightDecay: 0.01), averageDecay: averageDecay, states: states)
    }
}
