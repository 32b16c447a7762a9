/// A text in windows that are read with nothing before them: for measuring how it is predicted, and for learning from it.
///
///     let windows = TextWindows(of: text, length: 512, tokenizer: tokenizer)
///     windows.all           // every token of the text once
///     windows.predictable   // without a last window that has nothing to predict
///
/// If the model was trained with a token at the beginning of texts, every window begins with it. Names of special tokens in
/// the text are ordinary text.
public struct TextWindows: Sendable, Hashable {
    /// The tokens of each window, in the text's order. Only the last one may be shorter than the others.
    public let all: [[Int]]

    /// Cuts a text.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - length: Tokens of a window, the one that begins it included.
    ///   - tokenCount: Tokens of the text that are taken at most, those that begin windows not counted.
    ///   - tokenizer: The model's.
    public init(of text: String, length: Int, tokenCount: Int = .max, tokenizer: any Tokenizer) {
        let beginning = tokenizer.addsBeginningOfText ? tokenizer.beginningOfText.map { [$0] } ?? [] : []
        let step = length - beginning.count
        precondition(step > 0, "A window of \(length) tokens has no room for a token of the text.")
        let tokens = tokenizer.encode(text, specialTokens: .literal, addsBeginning: false).prefix(tokenCount)
        all = stride(from: 0, to: tokens.count, by: step).map { start in
            beginning + tokens[start..<min(start + step, tokens.count)]
        }
    }

    /// The windows that have a token to predict and one to predict it from.
    public var predictable: [[Int]] { all.filter { $0.count > 1 } }
}
