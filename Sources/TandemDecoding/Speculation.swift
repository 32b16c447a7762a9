/// How a conversation is sped up: who guesses, how far, and what becomes of a guess.
///
/// Three values make every mode:
///
/// | mode | drafter | block length | rule |
/// | --- | --- | --- | --- |
/// | large model alone | ``NoDrafter`` | 0 | ``ExactMatch`` |
/// | prompt lookup | ``LookupDrafter`` | γ | ``ExactMatch`` |
/// | tandem, lossless | ``TandemDrafter`` | ``CostAware``, ``Router`` or γ | ``ExactMatch`` or ``RejectionSampling`` |
/// | tandem, stand-alone | ``TandemDrafter`` | γ | ``AcceptAll`` |
/// | ordinary speculative decoding | ``IndependentDrafter`` | γ | ``ExactMatch`` or ``RejectionSampling`` |
/// | lossy | any with a law | any | ``FuzzyMatch``, ``Judge`` |
public struct Speculation {
    /// Who guesses.
    public var drafter: any Drafter
    /// How far.
    public var blockLength: any BlockLengthPolicy
    /// What becomes of a guess.
    public var rule: any VerificationRule

    /// A combination.
    public init(drafter: any Drafter, blockLength: any BlockLengthPolicy, rule: any VerificationRule = ExactMatch()) {
        self.drafter = drafter
        self.blockLength = blockLength
        self.rule = rule
    }

    /// The large model alone.
    public static var none: Speculation { Speculation(drafter: NoDrafter(), blockLength: FixedLength(0)) }

    /// Guesses from what the conversation has said before.
    public static func lookup(count: Int = 5) -> Speculation {
        Speculation(drafter: LookupDrafter(), blockLength: FixedLength(count))
    }
}
