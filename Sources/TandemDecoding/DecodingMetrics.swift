/// What it took to answer.
public struct DecodingMetrics: Sendable, Hashable, Codable {
    /// Tokens of the prompt.
    public var promptTokenCount = 0
    /// Tokens of the prompt that were still in memory from an earlier answer.
    public var reusedTokenCount = 0
    /// Tokens of the answer, without the one that ended it.
    public var answerTokenCount = 0
    /// Passes of the large model that chose tokens.
    public var roundCount = 0
    /// Passes of the large model that only read the prompt.
    public var promptPassCount = 0
    /// Drafted tokens that the large model has read.
    public var draftedCount = 0
    /// Of these, the ones that stood.
    public var acceptedCount = 0
    /// How often the first, second, … token of a draft was there to be judged.
    public var draftedByPosition: [Int] = []
    /// How often it stood.
    public var acceptedByPosition: [Int] = []
    /// From the start until the first token.
    public var promptDuration = Duration.zero
    /// From the first token until the last.
    public var decodeDuration = Duration.zero
    /// In the drafter.
    public var draftDuration = Duration.zero
    /// In the large model, which may have served other conversations too.
    public var readDuration = Duration.zero
    /// The part of it after the first token: passes that verified drafts or chose a token.
    public var verifyDuration = Duration.zero

    /// Nothing yet.
    public init() {}

    /// Tokens for each pass of the large model that chose tokens, or nil before the first.
    public var tokensPerRound: Double? {
        roundCount > 0 ? Double(answerTokenCount) / Double(roundCount) : nil
    }

    /// Share of the drafted tokens that stood, or nil if none was drafted.
    public var acceptanceRate: Double? {
        draftedCount > 0 ? Double(acceptedCount) / Double(draftedCount) : nil
    }

    mutating func record(drafted: Int, accepted: Int) {
        roundCount += 1
        draftedCount += drafted
        acceptedCount += accepted
        while draftedByPosition.count < drafted {
            draftedByPosition.append(0)
            acceptedByPosition.append(0)
        }
        for position in 0..<drafted { draftedByPosition[position] += 1 }
        for position in 0..<accepted { acceptedByPosition[position] += 1 }
    }
}
