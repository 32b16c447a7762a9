import ArgumentParser
import TandemCheckpoint
import TandemModels
import TandemTraining

/// Options as the values that training takes.
extension TrainingOptions {
    /// Checks what can be told from the options alone.
    func check() throws {
        guard !data.isEmpty else { throw ValidationError("--data is missing: say what to learn from.") }
        guard output != nil else { throw ValidationError("--output is missing: say where the run's folder shall be.") }
        let counts: [(name: String, value: Int?, range: ClosedRange<Int>)] = [
            ("layers", layers, 1...1_024), ("draft-vocabulary", draftVocabulary, 0...4_194_304),
            ("steps", steps, 1...1_000_000_000), ("epochs", epochs, 1...1_000_000),
            ("warmup", warmup, 0...1_000_000_000),
            ("sequence-length", sequenceLength, 2...16_777_216), ("batch-tokens", batchTokens, 2...1_073_741_824),
            ("micro-batch-tokens", microBatchTokens, 1...1_073_741_824),
            ("measure-every", measureEvery, 1...1_000_000_000),
            ("measure-tokens", measureTokens, 1...1_073_741_824),
            ("measure-draft-tokens", measureDraftTokens, 0...1_073_741_824),
        ]
        for (name, value, range) in counts { try OptionCheck.range(name, value, range) }
        if steps != nil, epochs != nil { throw ValidationError("Choose one of --steps and --epochs.") }
        guard batchTokens >= sequenceLength else {
            throw ValidationError(
                "--batch-tokens is \(batchTokens), but a step holds at least one sequence of \(sequenceLength) tokens.")
        }
        try OptionCheck.range("first-stage", firstStage, 0...1)
        try OptionCheck.range("data-share", dataShare, 0...1)
        guard heldOut >= 0, heldOut < 1 else {
            throw ValidationError("--held-out is \(heldOut), but it must be at least 0 and less than 1.")
        }
        guard weightDecay >= 0, weightDecay < 1, clip > 0 else {
            throw ValidationError("--weight-decay must lie between 0 and 1, and --clip must be positive.")
        }
        if dataShare != nil, objective == .ce || objective == .kl {
            throw ValidationError("--data-share belongs to the objectives 'distil' and 'tv'.")
        }
        guard memory == .none else { return }
        // One that does nothing would be believed to have done something.
        if let blocks, blocks.policy != .whole {
            throw ValidationError(
                "--blocks says where memory begins anew; with --memory none there is none: leave it out.")
        }
        if positionScale != nil {
            throw ValidationError("--position-scale weighs places in a block; with --memory none there are no blocks.")
        }
    }

    /// The small model's shape.
    func configuration(
        beside large: TransformerConfiguration, draftTokens: [Int]?
    ) throws -> TandemConfiguration {
        try preset.configuration(
            beside: large, memory: memoryValue(largeLayerCount: large.layerCount), layerCount: layers,
            draftTokens: draftTokens, addsLastState: lastState)
    }

    /// What stands for the positions before a block.
    func memoryValue(largeLayerCount: Int) -> TandemConfiguration.Memory {
        switch memory {
        case .topAligned: .perLayer(.topAligned)
        case .uniform: .perLayer(.uniform)
        case .proportional: .perLayer(.proportional)
        case .none: .none
        case .fused:
            // An early, a middle and a late state.
            .fused(
                states: Set([largeLayerCount / 4, largeLayerCount / 2, largeLayerCount - 1]).sorted())
        }
    }

    /// Rows of the head; nil for all tokens.
    var draftVocabularyCount: Int? {
        switch draftVocabulary {
        case 0: nil
        case let count?: count
        case nil: preset.draftVocabularyCount
        }
    }

    /// What is made small, stage by stage.
    func objectives() throws -> ObjectiveSchedule {
        let main: Objective =
            switch objective {
            case .ce: .data
            case .distil: try .tandemDistil(share: dataShare ?? 0.5)
            case .kl: .forwardKL
            case .tv: try .totalVariation(share: dataShare ?? 0.1)
            }
        guard firstStage > 0, objective != .ce else { return ObjectiveSchedule(main) }
        guard firstStage < 1 else { return ObjectiveSchedule(.data) }
        return try ObjectiveSchedule(stages: [
            .init(end: firstStage, objective: .data), .init(end: 1, objective: main),
        ])
    }

    /// How sequences and steps are cut.
    func plan() throws -> SequencePlan.Settings {
        try SequencePlan.Settings(sequenceLength: sequenceLength, stepTokenCount: batchTokens, seed: seed)
    }

    /// Everything that decides the weights, once it is known how many steps there are and where states come from.
    func settings(stepCount: Int, states: StateOrigin) throws -> TrainerSettings {
        try TrainerSettings(
            plan: plan(), blocks: blockPolicy,
            positionWeights: positionScale.map { .exponential(scale: $0) } ?? .uniform, objectives: objectives(),
            rate: LearningRateSchedule(
                peak: rate ?? (start == .warm ? 7e-4 : 1.5e-3), warmUpSteps: min(stepCount, warmup ?? stepCount / 20),
                totalSteps: stepCount, decay: decay, decayShare: decayShare, finalShare: 0.02),
            optimizer: AdamW.Settings(weightDecay: weightDecay, greatestNorm: clip), averageDecay: average,
            states: states, microBatchTokenCount: microBatchTokens, rounding: roundedStorage)
    }

    private var blockPolicy: BlockPolicy {
        memory == .none ? .whole : blocks?.policy ?? .drawn(minimum: 1, maximum: 8)
    }

    /// What weights are rounded to in training. Eight bits and more lose nothing that training could win back.
    private var roundedStorage: BundleStorage? {
        switch rounding ?? (storage == .int4 ? .storage : Rounding.none) {
        case .storage: storage
        case .none: nil
        }
    }

    /// When what happens beside the steps.
    var schedule: TrainingRun.Schedule {
        var schedule = TrainingRun.Schedule(checkpointInterval: nil, measureStepCount: measureEvery)
        switch checkpointEvery {
        case .steps(let count): schedule.checkpointStepCount = count
        case .time(let duration): schedule.checkpointInterval = duration
        }
        return schedule
    }
}
