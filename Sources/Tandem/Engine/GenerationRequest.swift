public import TandemDecoding
public import TandemText

/// What to answer, and how.
///
///     GenerationRequest(chat: "Why is the sky blue?", sampling: try Sampling(temperature: 0.7))
public struct GenerationRequest: Sendable {
    /// What the answer continues.
    public enum Prompt: Sendable, Hashable {
        /// Text as it is; names of special tokens in it are those tokens.
        case text(String)
        /// A conversation, put into words by the model's chat template.
        case chat([ChatMessage])
        /// Tokens as they are.
        case tokens([Int])
    }

    /// What the answer continues.
    public var prompt: Prompt
    /// How tokens are chosen.
    public var sampling: Sampling
    /// How many tokens the answer may have; `nil` for as many as the context holds.
    public var maximumTokenCount: Int?
    /// Texts that end the answer and are not part of it.
    public var stopStrings: [String]
    /// Whether the model may end the answer itself.
    public var endsAtEndOfText = true
    /// How many of the likeliest tokens to report with each token; `nil` for no log probabilities.
    public var topLogProbabilityCount: Int?
    /// How the answer is sped up; it is the same in any case, unless a rule is named that makes it another.
    public var drafting: Drafting
    /// Further variables for the chat template.
    public var templateVariables: TemplateDictionary = [:]

    /// A request.
    public init(
        prompt: Prompt, sampling: Sampling = .greedy, maximumTokenCount: Int? = nil, stopStrings: [String] = [],
        drafting: Drafting = .automatic
    ) {
        self.prompt = prompt
        self.sampling = sampling
        self.maximumTokenCount = maximumTokenCount
        self.stopStrings = stopStrings
        self.drafting = drafting
    }

    /// A request for an answer to one message.
    public init(chat message: String, sampling: Sampling = .greedy, maximumTokenCount: Int? = nil) {
        self.init(
            prompt: .chat([ChatMessage(role: "user", content: message)]), sampling: sampling,
            maximumTokenCount: maximumTokenCount)
    }
}
