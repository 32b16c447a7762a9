public import TandemText

/// Turns tokens into text as they come: what `AnswerText` needs of a detokeniser.
public protocol IncrementalText {
    /// The text that `token` completes; often empty. It ends at the end of a character.
    mutating func append(_ token: Int) -> String
    /// What is left when no token follows.
    mutating func flush() -> String
}

extension StreamingDecoder: IncrementalText {}

/// For answers that are wanted as tokens only: every token's text is empty, so that no stop string is ever found.
public struct NoText: IncrementalText, Sendable {
    /// No text.
    public init() {}

    /// Nothing.
    public mutating func append(_ token: Int) -> String { "" }

    /// Nothing.
    public mutating func flush() -> String { "" }
}
