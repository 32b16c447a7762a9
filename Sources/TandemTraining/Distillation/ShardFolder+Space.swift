public import TandemModels

extension ShardFolder {
    /// How many bytes the shards that a rank has yet to make will take, if all answers become as long as they may.
    ///
    /// - Parameters:
    ///   - model: The large model.
    ///   - rank: Which of the processes that share the work this is.
    ///   - rankCount: How many there are.
    ///   - length: Tokens to read and tokens to learn of the prompt with this number. A few are asked about.
    public func expectedByteCount(
        for model: TransformerConfiguration, rank: Int = 0, of rankCount: Int = 1,
        length: (Int) -> (read: Int, learnt: Int)
    ) -> Double {
        let missing = missingShards(rank: rank, of: rankCount).flatMap(prompts(ofShard:))
        guard !missing.isEmpty else { return 0 }
        let sample = stride(from: 0, to: missing.count, by: max(1, missing.count / 50)).map { length(missing[$0]) }
        let share = Double(missing.count) / Double(sample.count)
        let (read, learnt) = sample.reduce(into: (0, 0)) { sum, length in
            sum.0 += length.read
            sum.1 += length.learnt
        }
        let options = record.options
        // The least that a token takes is its number and a mark; then come the likeliest tokens, then hidden states.
        let tokenSize = model.vocabularyCount <= 1 << 16 ? 2.0 : 4
        let perToken = tokenSize + 0.125 + Double(2 * options.states.count * model.width)
        let perLearntToken = Double(options.topCount) * (tokenSize + 4)
        return share * (Double(read + learnt) * perToken + Double(learnt) * perLearntToken)
    }
}
