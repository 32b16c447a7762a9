public import TandemDecoding

/// What comes out of a ``TokenStream``, in this order: chunks, then one summary.
public enum GenerationEvent: Sendable, Hashable {
    /// Text that is now certain, and the tokens that were chosen meanwhile.
    ///
    /// Text may come later than its tokens (a character may take several tokens, and text that may be the beginning of a stop
    /// string is held back), so either may be empty.
    case chunk(text: String, tokens: [EmittedToken])
    /// The answer is complete.
    case finished(GenerationSummary)
}

/// How an answer ended and what it took.
public struct GenerationSummary: Sendable, Hashable {
    /// Why it ended.
    public var finishReason: FinishReason
    /// The seed that the draws were made from: the same request with this seed has the same answer.
    public var seed: UInt64
    /// Counts and durations.
    public var metrics: DecodingMetrics

    /// A summary.
    public init(finishReason: FinishReason, seed: UInt64, metrics: DecodingMetrics) {
        self.finishReason = finishReason
        self.seed = seed
        self.metrics = metrics
    }
}

/// A whole answer.
public struct GenerationResult: Sendable, Hashable {
    /// The text.
    public var text: String
    /// Its tokens, without the one that ended it.
    public var tokens: [EmittedToken]
    /// How it ended and what it took.
    public var summary: GenerationSummary

    /// An answer.
    public init(text: String, tokens: [EmittedToken], summary: GenerationSummary) {
        self.text = text
        self.tokens = tokens
        self.summary = summary
    }
}

/// How far a prompt has been read.
public struct PromptProgress: Sendable, Hashable {
    /// Tokens that were read, those that were still in memory included.
    public var readCount: Int
    /// Tokens of the prompt.
    public var count: Int
}
