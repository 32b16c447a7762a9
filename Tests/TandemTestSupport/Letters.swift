public import TandemDecoding

/// Tokens as letters; some have two, so that stop strings begin and end inside of tokens.
public struct Letters: IncrementalText, Sendable {
    /// Letters.
    public init() {}

    /// The text of a token.
    public static func text(_ token: Int) -> String {
        let letters = ["a", "b", "c", "ab", "bc", "ca", "é", "d", "e", "de", "🙂", "f"]
        return letters[token % letters.count]
    }

    /// The text of a token.
    public func append(_ token: Int) -> String { Self.text(token) }
    /// Nothing is held back.
    public func flush() -> String { "" }
}
