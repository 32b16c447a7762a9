/// How many drafted tokens stood in many answers.
public struct DraftCounts: Sendable, Hashable {
    /// Tokens of the answers.
    public private(set) var tokenCount = 0
    /// Passes of the large model that chose tokens.
    public private(set) var roundCount = 0
    /// How often the first, second, … token of a draft was there to be judged.
    public private(set) var draftedByPosition: [Int] = []
    /// How often it stood.
    public private(set) var acceptedByPosition: [Int] = []
    /// From the first token to the last, of all answers.
    public private(set) var decodeSeconds = 0.0
    /// In the drafter.
    public private(set) var draftSeconds = 0.0

    /// Nothing yet.
    public init() {}

    /// Counts an answer too.
    public mutating func add(_ answer: ArmAnswer) {
        // A token that ended the answer took a place in a pass too.
        tokenCount += answer.tokens.count + (answer.endsByModel ? 1 : 0)
        roundCount += answer.roundCount
        draftedByPosition.add(answer.draftedByPosition)
        acceptedByPosition.add(answer.acceptedByPosition)
        decodeSeconds += answer.decodeSeconds
        draftSeconds += answer.draftSeconds
    }

    /// Tokens for each pass of the large model; `nil` before the first.
    public var tokensPerRound: Double? { roundCount > 0 ? Double(tokenCount) / Double(roundCount) : nil }

    /// Share of the drafted tokens that stood; `nil` if none was drafted.
    public var acceptanceRate: Double? {
        let drafted = draftedByPosition.reduce(0, +)
        return drafted > 0 ? Double(acceptedByPosition.reduce(0, +)) / Double(drafted) : nil
    }

    /// The same for the first, second, … token of a draft.
    public var acceptanceByPosition: [Double] {
        draftedByPosition.indices.map { position in
            let drafted = draftedByPosition[position]
            let accepted = acceptedByPosition.indices.contains(position) ? acceptedByPosition[position] : 0
            return drafted > 0 ? Double(accepted) / Double(drafted) : 0
        }
    }

    /// Share of the time that the drafter took.
    public var draftShare: Double? { decodeSeconds > 0 ? draftSeconds / decodeSeconds : nil }
}

extension [Int] {
    fileprivate mutating func add(_ other: [Int]) {
        while count < other.count { append(0) }
        for index in other.indices { self[index] += other[index] }
    }
}
