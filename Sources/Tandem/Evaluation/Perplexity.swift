import Foundation
public import TandemMath

/// How well a model predicts a text: the mean surprise of its tokens, and the perplexity that it makes.
///
///     perplexity = exp(−1/n · Σ ln p(token | tokens before it in its window))
///
/// The standard error takes tokens for independent, as is usual; it tells whether two figures can differ by chance.
public struct Perplexity: Sendable, Hashable {
    /// How many tokens were predicted.
    public private(set) var tokenCount = 0
    /// How many of them were the likeliest.
    public private(set) var likeliestCount = 0
    // Welford's running mean and sum of squared deviations: no cancellation over millions of tokens.
    private var mean = 0.0
    private var squares = 0.0

    /// Nothing predicted yet.
    public init() {}

    /// Takes note of a token and of the row of logits that predicted it.
    public mutating func add(_ token: Int, predictedBy row: Int, of logits: Matrix) {
        precondition(token >= 0 && token < logits.columns, "Of \(logits.columns) tokens, none is number \(token).")
        let surprise = Double(Kernels.logSumExp(logits, row: row) - logits[row, token])
        if Kernels.argmax(logits, row: row) == token { likeliestCount += 1 }
        tokenCount += 1
        let deviation = surprise - mean
        mean += deviation / Double(tokenCount)
        squares += deviation * (surprise - mean)
    }

    /// Mean surprise of a token, in nats; `nil` before the first.
    public var meanSurprise: Double? { tokenCount > 0 ? mean : nil }

    /// Standard error of ``meanSurprise``; `nil` before the second token.
    public var surpriseError: Double? {
        guard tokenCount > 1 else { return nil }
        return (squares / Double(tokenCount - 1) / Double(tokenCount)).squareRoot()
    }

    /// The perplexity; `nil` before the first token.
    public var value: Double? { meanSurprise.map { exp($0) } }

    /// Standard error of the perplexity: its slope times ``surpriseError``.
    public var error: Double? {
        guard let value, let surpriseError else { return nil }
        return value * surpriseError
    }

    /// Share of the tokens that were the likeliest.
    public var likeliestShare: Double? { tokenCount > 0 ? Double(likeliestCount) / Double(tokenCount) : nil }
}
