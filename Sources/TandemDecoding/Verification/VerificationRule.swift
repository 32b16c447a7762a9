/// Decides how much of a draft stands, once the large model has read it.
///
/// A conforming type that calls itself lossless must pass this test: the tokens have the law that they have without a
/// draft; for a rule that is exact, they are the same tokens.
public protocol VerificationRule: Sendable {
    /// What it promises.
    var fidelity: Fidelity { get }
    /// How the drafter is to draw its guesses.
    var draftNoise: DraftNoise { get }
    /// Whether it looks at ``Draft/logits``.
    var needsDraftLogits: Bool { get }
    /// The hidden states of the large model that it looks at.
    var capturedStates: Set<Int> { get }
    /// Whether the large model reads a draft to its end and chooses the token after it. If not, it reads all tokens but
    /// the last, and nobody looks at its logits.
    var takesFreeToken: Bool { get }

    /// Judges a draft.
    ///
    /// Row ``SpanReading/row`` of the logits is the large model's prediction for the draft's first token, the next row for
    /// its second, and so on; one more follows for the token after the draft. The first row of states is that of the
    /// token before the draft.
    ///
    /// - Parameters:
    ///   - draft: The guess.
    ///   - reading: What the large model says.
    ///   - sampler: Has accepted everything before the draft. On return it has accepted the tokens that stand and
    ///     ``Verdict/next`` as well.
    func judge(_ draft: Draft, against reading: SpanReading, using sampler: inout Sampler) throws -> Verdict
}

extension VerificationRule {
    /// The large model's.
    public var draftNoise: DraftNoise { .shared }
    /// No.
    public var needsDraftLogits: Bool { false }
    /// None.
    public var capturedStates: Set<Int> { [] }
    /// Yes.
    public var takesFreeToken: Bool { true }
}

/// How a text that was drafted compares with that of the large model alone.
public enum Fidelity: String, Sendable, Hashable, Codable {
    /// The same text, byte for byte, for every seed.
    case sameText
    /// Another text for a seed, with the same chances.
    case sameLaw
    /// Something else, for the sake of speed.
    case lossy
}

/// Which noise a drafter draws with.
public enum DraftNoise: Sendable, Hashable {
    /// The noise that the large model's own choice at the position will be made with, so that both often choose alike.
    case shared
    /// Noise that nothing else depends on.
    case independent
}

/// What stands of a draft, and what comes after.
public struct Verdict: Sendable, Hashable {
    /// How many of the drafted tokens stand.
    public var acceptedCount: Int
    /// The token after them, from the large model or ...
    public var next: Int
    /// ... the draft's last token, which stands but was not read.
    public var isNextDrafted: Bool

    /// A verdict.
    public init(acceptedCount: Int, next: Int, isNextDrafted: Bool = false) {
        self.acceptedCount = acceptedCount
        self.next = next
        self.isNextDrafted = isNextDrafted
    }
}
