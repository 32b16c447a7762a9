public import TandemDecoding

/// A request in the decoding thread's terms: tokens, not text.
public struct GenerationJob: Sendable {
    /// What to continue.
    public var prompt: [Int]
    /// How tokens are chosen.
    public var sampling: Sampling
    /// When the answer ends.
    public var stop: StopCondition
    /// How many of the likeliest tokens to report with each token; `nil` for no log probabilities.
    public var topLogProbabilityCount: Int?
    /// How the answer is sped up; called on the decoding thread, with the models that it drafts with.
    public var speculation: @Sendable (DraftModels) throws -> Speculation
    /// What makes text of its tokens.
    public var text: @Sendable () -> any IncrementalText

    /// A job.
    public init(
        prompt: [Int], sampling: Sampling, stop: StopCondition, topLogProbabilityCount: Int? = nil,
        speculation: @escaping @Sendable (DraftModels) throws -> Speculation = { _ in .none },
        text: @escaping @Sendable () -> any IncrementalText = { NoText() }
    ) {
        self.prompt = prompt
        self.sampling = sampling
        self.stop = stop
        self.topLogProbabilityCount = topLogProbabilityCount
        self.speculation = speculation
        self.text = text
    }
}
