/// What a round added to an answer.
public struct Emission: Sendable, Hashable {
    /// The new tokens, without the one that ended the answer.
    public var tokens: [EmittedToken] = []
    /// The text that has become certain. It may come from earlier tokens, whose text might have been a stop string's beginning.
    public var text = ""
    /// Set once the answer has ended.
    public var finish: FinishReason?

    /// Nothing new.
    public init() {}
}

/// A token of an answer.
public struct EmittedToken: Sendable, Hashable {
    /// The token.
    public var token: Int
    /// The text that became certain with it.
    public var text: String
    /// Who guessed it, if it was drafted and stood; ``DraftSource/none`` if the large model chose it afresh.
    public var source: DraftSource
    /// How likely the large model found it, if that was asked for.
    public var logProbabilities: LogProbabilities?

    /// A token.
    public init(token: Int, text: String, source: DraftSource = .none, logProbabilities: LogProbabilities? = nil) {
        self.token = token
        self.text = text
        self.source = source
        self.logProbabilities = logProbabilities
    }

    /// Whether it was drafted and stood.
    public var isDrafted: Bool { source != .none }
}
