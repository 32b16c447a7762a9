import CTandemKernels

/// The noise that turns "the greatest logit" into "a draw": one number for each token, from the Gumbel distribution.
///
/// `argmax(logit / temperature + noise)` draws a token with exactly the probability that softmax gives it. The noise is
/// a pure function of seed, position in the conversation, and token id. There is no generator whose state could
/// depend on what was drafted, batched or thrown away, so the same seed gives the same text in every mode.
///
/// The mixer is a keyed hash of 30 bits for each token; seed and position make the 64-bit key.
public struct GumbelNoise: Sendable, Hashable {
    /// Chosen for a conversation.
    public var seed: UInt64
    /// Index, in the conversation, of the token to be chosen.
    public var position: Int

    /// The noise of one position.
    public init(seed: UInt64, position: Int) {
        self.seed = seed
        self.position = position
    }

    /// The noise of tokens `0..<count`.
    public func values(count: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: max(0, count)) { buffer, initialized in
            initialized = max(0, count)
            guard let base = buffer.baseAddress, count > 0 else { return }
            tk_gumbel_noise(nil, count, seed, UInt64(truncatingIfNeeded: position), base)
        }
    }

    /// The noise of the given tokens.
    public func values(of tokens: [UInt32]) -> [Float] {
        [Float](unsafeUninitializedCapacity: tokens.count) { buffer, initialized in
            initialized = tokens.count
            guard let base = buffer.baseAddress, !tokens.isEmpty else { return }
            tk_gumbel_noise(tokens, tokens.count, seed, UInt64(truncatingIfNeeded: position), base)
        }
    }
}
