/// Guesses the next tokens of one conversation, so that the large model can read several at once.
///
/// A conforming type must pass this test: with it, the text is what it is with ``NoDrafter``. It cannot fail by guessing
/// wrong, only by keeping something from a guess that was not confirmed.
///
/// What a conversation tells its drafter, in this order:
///
///     resume    once at most: another drafter's knowledge of the beginning, which is still in memory
///     confirm   the prompt, then what was said, round by round
///     absorb    the large model's states of tokens as they are read; tokens that were guessed wrong are not among them
///     draft     what comes next?
public protocol Drafter {
    /// The hidden states that ``absorb(_:)`` wants of the large model (see `LargeModel` for how they are counted).
    var capturedStates: Set<Int> { get }

    /// The model whose steps its guesses may cost; nil if they cost next to nothing.
    var draftModel: (any DraftModel)? { get }

    /// Takes over what `earlier` knows of the first `count` tokens.
    ///
    /// - Parameters:
    ///   - earlier: Another conversation's drafter.
    ///   - count: How many tokens both conversations begin with.
    ///   - isShared: Whether `earlier` stays in use, so that what it knows must be copied.
    /// - Returns: Of how many tokens no states need to be given again.
    mutating func resume(_ earlier: any Drafter, count: Int, isShared: Bool) -> Int

    /// Takes note of tokens that are now part of the conversation: first the prompt, then what was said.
    mutating func confirm(_ tokens: [Int]) throws

    /// Takes the states of tokens that the large model has read and that stay, if it asks for any. Some at the beginning
    /// may be known to it already; none is left out.
    mutating func absorb(_ states: StateRows) throws

    /// Guesses what follows the confirmed tokens, or says which model must be asked, together with others.
    mutating func draft(_ request: DraftRequest) throws -> Proposal
}

extension Drafter {
    /// None.
    public var capturedStates: Set<Int> { [] }

    /// None.
    public var draftModel: (any DraftModel)? { nil }

    /// Without states there is nothing to be given again.
    public mutating func resume(_ earlier: any Drafter, count: Int, isShared: Bool) -> Int {
        capturedStates.isEmpty ? count : 0
    }

    /// Nothing to take.
    public mutating func absorb(_ states: StateRows) throws {}
}

/// What a guess should be like.
public struct DraftRequest {
    /// The greatest length that makes sense now; at least 1.
    public var limit: Int
    /// Asked before each token whether to guess another.
    public var policy: any BlockLengthPolicy
    /// Chooses tokens from the drafter's logits as the large model's will be chosen from.
    public var sampler: Sampler
    /// Whether ``Draft/logits`` are wanted.
    public var keepsLogits: Bool

    /// A request.
    public init(limit: Int, policy: any BlockLengthPolicy, sampler: Sampler, keepsLogits: Bool = false) {
        self.limit = limit
        self.policy = policy
        self.sampler = sampler
        self.keepsLogits = keepsLogits
    }

    /// Whether another token should be guessed after those of `draft`.
    public func wantsMore(than draft: Draft) -> Bool { draft.tokens.count < limit && policy.wantsMore(than: draft) }
}

/// A drafter's answer.
public enum Proposal {
    /// The guess.
    case draft(Draft)
    /// A guess of at most `limit` tokens by a model, which makes one pass for all conversations that wait for it.
    case pass(of: any DraftModel, memory: DraftMemory, limit: Int)
}

/// Never guesses: the large model alone.
public struct NoDrafter: Drafter, Sendable {
    /// A drafter without ideas.
    public init() {}

    /// Nothing to note.
    public mutating func confirm(_ tokens: [Int]) {}

    /// No guess.
    public mutating func draft(_ request: DraftRequest) -> Proposal { .draft(Draft()) }
}
