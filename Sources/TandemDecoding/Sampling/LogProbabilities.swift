public import TandemMath

/// How likely the model itself found a token, and which ones it found likeliest.
///
/// The law is the model's own: before bias, penalties, temperature and filters.
public struct LogProbabilities: Sendable, Hashable {
    /// A token with the natural logarithm of its probability.
    public struct Entry: Sendable, Hashable {
        /// The token.
        public var token: Int
        /// Natural logarithm of its probability.
        public var logProbability: Float
    }

    /// The token that was chosen.
    public var chosen: Entry
    /// The likeliest ones, likeliest first.
    public var top: [Entry]

    /// Reads them from a row of logits.
    public init(of token: Int, topCount: Int, row: Int, of logits: Matrix) {
        let total = Kernels.logSumExp(logits, row: row)
        func entry(_ token: Int) -> Entry { Entry(token: token, logProbability: logits[row, token] - total) }
        chosen = entry(token)
        top = Kernels.greatestColumns(of: logits, row: row, count: topCount).map { entry(Int($0)) }
            .sorted { $0.logProbability > $1.logProbability }
    }
}
