extension LossTargets {
    /// The targets of several sequences, one after the other.
    ///
    /// What the teacher says is kept if it says as much about all of them.
    public init(joining parts: [LossTargets]) {
        let count = parts.first?.top?.count
        var (tokens, logProbabilities): ([UInt32], [Float]) = ([], [])
        let isTaught = count != nil && parts.allSatisfy { $0.top?.count == count }
        if isTaught {
            for part in parts {
                tokens += part.top?.tokens ?? []
                logProbabilities += part.top?.logProbabilities ?? []
            }
        }
        self.init(
            labels: parts.flatMap(\.labels), weights: parts.flatMap(\.weights),
            top: isTaught
                ? count.map { TopTokens(count: $0, tokens: tokens, logProbabilities: logProbabilities) } : nil)
    }

    /// The targets without those of the first `count` positions.
    public func dropFirst(_ count: Int) -> LossTargets {
        guard count > 0 else { return self }
        return LossTargets(
            labels: Array(labels.dropFirst(count)), weights: Array(weights.dropFirst(count)),
            top: top.map {
                TopTokens(
                    count: $0.count, tokens: Array($0.tokens.dropFirst(count * $0.count)),
                    logProbabilities: Array($0.logProbabilities.dropFirst(count * $0.count)))
            })
    }
}
