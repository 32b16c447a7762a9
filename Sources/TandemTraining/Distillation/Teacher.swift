public import TandemModels
public import TandemText

/// The large model with all that it takes to ask it something.
public struct Teacher: Sendable {
    /// The weights.
    public let model: LargeModel
    /// Turns text into tokens and back.
    public let tokenizer: any Tokenizer
    /// Tokens that end an answer.
    public let endOfText: Set<Int>
    /// A conversation in the words of the model's chat template, up to where the answer begins.
    let text: @Sendable ([ChatMessage]) throws -> PromptText
    /// The tokens of that text.
    let tokens: @Sendable ([ChatMessage]) throws -> [Int]

    /// A large model and its ways of speaking.
    ///
    /// - Parameters:
    ///   - model: The weights.
    ///   - tokenizer: Turns text into tokens and back.
    ///   - endOfText: Tokens that end an answer.
    ///   - text: A conversation in the words of the model's chat template, up to where the answer begins.
    ///   - tokens: The tokens of that text.
    public init(
        model: LargeModel, tokenizer: any Tokenizer, endOfText: Set<Int>,
        text: @escaping @Sendable ([ChatMessage]) throws -> PromptText,
        tokens: @escaping @Sendable ([ChatMessage]) throws -> [Int]
    ) {
        self.model = model
        self.tokenizer = tokenizer
        self.endOfText = endOfText
        self.text = text
        self.tokens = tokens
    }
}
