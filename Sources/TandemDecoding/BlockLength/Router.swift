/// The paper's adaptive block length: a small network reads the draft's law after each guess and says how likely the large
/// model disagrees; drafting goes on while that is below a threshold.
///
/// ``CostAware`` can take the same network and decide by costs instead of by a threshold.
public struct Router: BlockLengthPolicy {
    /// The network.
    public let network: RouterNetwork
    /// Drafting ends when disagreement is at least this likely. The paper's value is 0.8; where a further row costs a fifth of
    /// a pass, a half is better.
    public let threshold: Float
    /// The greatest length.
    public let maximum: Int

    /// The policy.
    public init(_ network: RouterNetwork, threshold: Float = 0.5, maximum: Int = 8) {
        self.network = network
        self.threshold = threshold
        self.maximum = maximum
    }

    /// As many as the network reads.
    public var topCount: Int? { network.topCount }

    /// Whether the last guess was good enough to build upon.
    public func wantsMore(than draft: Draft) -> Bool {
        guard draft.tokens.count < maximum else { return false }
        // Of a look-up there is nothing to judge: it goes on to its end.
        guard draft.source != .lookup, let last = draft.confidences.last else { return true }
        return 1 - last.trust < threshold
    }

    /// What the network says.
    public func trust(in confidence: DraftConfidence) -> Float { network.agreement(confidence) }
}
