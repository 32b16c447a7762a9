import TandemMath
import TandemModels
import TandemTraining

/// The small model's first weights.
enum TrainingStart {
    /// Tokens of the data that the input is fitted to.
    private static let fittedTokenCount = 32_768

    /// Makes them.
    ///
    /// - Parameter isNeeded: Whether the trained ones are looked at at all: where a run goes on, or where they come from another
    ///   rank, only the frozen ones are.
    static func weights(
        _ configuration: TandemConfiguration, large: LargeModel, isWarm: Bool, isNeeded: Bool, data: TrainingData,
        documents: Range<Int>, settings: TrainerSettings, pool: ComputePool, display: TrainingDisplay
    ) throws -> [SmallParameter: Matrix] {
        let seed = settings.plan.seed
        guard isWarm, isNeeded else {
            let weights = configuration.makeWeights(seed: seed)
            if configuration.head == .large, let head = weights[.head] {
                large.copyHead(to: head, tokens: configuration.draftTokens)
            }
            return weights
        }
        display.say("Copies the large model's last layers and fits the input.")
        let plan = try SequencePlan(data, documents: documents, settings: settings.plan)
        var (texts, count) = ([[Int]](), 0)
        for piece in plan.steps(ofEpoch: 0).joined() where count < fittedTokenCount {
            texts.append(try data.tokens(piece.tokens))
            count += piece.tokens.count
        }
        return try WarmStart.weights(configuration, from: large, fitting: texts, seed: seed, pool: pool)
    }
}
