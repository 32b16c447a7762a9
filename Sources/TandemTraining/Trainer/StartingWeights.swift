public import TandemMath
public import TandemModels

/// The small model's first weights.
public enum StartingWeights {
    /// Tokens of the data that the input of a warm start is fitted to.
    private static let fittedTokenCount = 32_768

    /// Makes them.
    ///
    /// - Parameters:
    ///   - configuration: The small model.
    ///   - large: The large model, whose layers and rows are copied.
    ///   - isWarm: Whether they begin as the large model's (`WarmStart`) or by drawing.
    ///   - isNeeded: Whether the trained ones are looked at at all: where a run goes on, or where they come from another
    ///     rank, only the frozen ones are.
    ///   - data: Text that the input is fitted to: what is learnt first.
    ///   - documents: Which documents of it.
    ///   - settings: The run's settings.
    ///   - pool: Threads for it.
    ///   - willFit: Called before the large model reads, which takes a while.
    /// - Throws: What reading data and the models throw.
    public static func make(
        _ configuration: TandemConfiguration, large: LargeModel, isWarm: Bool, isNeeded: Bool = true,
        data: TrainingData, documents: Range<Int>, settings: TrainerSettings, pool: ComputePool,
        willFit: () -> Void = {}
    ) throws -> [SmallParameter: Matrix] {
        let seed = settings.plan.seed
        guard isWarm, isNeeded else {
            let weights = configuration.makeWeights(seed: seed)
            if configuration.head == .large, let head = weights[.head] {
                large.copyHead(to: head, tokens: configuration.draftTokens)
            }
            return weights
        }
        willFit()
        let plan = try SequencePlan(data, documents: documents, settings: settings.plan)
        var (texts, count) = ([[Int]](), 0)
        for piece in plan.steps(ofEpoch: 0).joined() where count < fittedTokenCount {
            texts.append(try data.tokens(piece.tokens))
            count += piece.tokens.count
        }
        return try WarmStart.weights(configuration, from: large, fitting: texts, seed: seed, pool: pool)
    }
}
