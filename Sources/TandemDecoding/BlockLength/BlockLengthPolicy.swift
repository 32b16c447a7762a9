/// Decides how long a draft becomes. Each conversation has its own.
///
/// It is asked before a token is guessed, and again how much of the finished draft is worth reading: but only under rules
/// that keep the text the same whatever is guessed. Under all others every token that was guessed is read by the large
/// model, so that whether a token is judged never depends on which token it is, as rejection sampling demands.
public protocol BlockLengthPolicy: Sendable {
    /// How many of the likeliest tokens it wants to see in ``DraftConfidence/top``; nil if it looks at no
    /// ``Draft/confidences`` at all, which saves making them.
    var topCount: Int? { get }

    /// How likely a guess is to stand, by the look of it; asked once for each guess that is made by a model.
    func trust(in confidence: DraftConfidence) -> Float

    /// A round begins.
    mutating func begin(_ outlook: RoundOutlook)

    /// Whether another token should be guessed after those of `draft`.
    func wantsMore(than draft: Draft) -> Bool

    /// How many of the draft's tokens the large model should read: a guess that is unsure after all may cost more to read
    /// than it is worth.
    func readCount(of draft: Draft) -> Int

    /// A draft was judged, as far as it was read; also told of rounds without one.
    mutating func learn(from draft: Draft, readCount: Int, acceptedCount: Int)
}

extension BlockLengthPolicy {
    /// No confidences.
    public var topCount: Int? { nil }

    /// The drafter's own probability.
    public func trust(in confidence: DraftConfidence) -> Float { confidence.probability }

    /// Nothing to prepare.
    public mutating func begin(_ outlook: RoundOutlook) {}

    /// All of it.
    public func readCount(of draft: Draft) -> Int { draft.tokens.count }

    /// Nothing to learn.
    public mutating func learn(from draft: Draft, readCount: Int, acceptedCount: Int) {}
}

/// What is known of a round before anything is drafted in it.
public struct RoundOutlook: Sendable {
    /// With whom its passes are shared.
    public var company: RoundCompany
    /// What passes cost at present, if it is being followed.
    public var costs: CostModel?

    /// An outlook.
    public init(company: RoundCompany = .alone, costs: CostModel? = nil) {
        self.company = company
        self.costs = costs
    }
}
