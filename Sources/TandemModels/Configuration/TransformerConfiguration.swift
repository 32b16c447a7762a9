/// The architectures that share the one ``TransformerConfiguration``.
///
/// They differ only in values of that configuration: biases, per-head norms, rotary scaling. To add one of the same
/// family, add a case and say in the two file readers which values it implies.
public enum Architecture: String, Sendable, Codable, CaseIterable {
    /// Llama 2 and 3, SmolLM2, and everything that stores itself as one.
    case llama
    /// Mistral: a Llama without surprises (its early sliding window is refused when the context would exceed it).
    case mistral
    /// Qwen 2 and 2.5: biases on queries, keys and values.
    case qwen2
    /// Qwen 3: a norm on every head's query and key.
    case qwen3
}

/// How rotary frequencies are stretched for contexts longer than the model was first trained on.
public enum RotaryScaling: Sendable, Equatable, Codable {
    /// Frequencies as they are.
    case none
    /// Every frequency divided by `factor`.
    case linear(factor: Double)
    /// Llama 3.1: low frequencies divided by `factor`, high ones kept, a smooth ramp between.
    case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalContextLength: Int)
    /// One divisor for each frequency, as GGUF's `rope_freqs.weight` gives them.
    case divisors([Float])
}

/// Shape and constants of one decoder-only transformer of the Llama family.
///
/// Validated once, here: whoever holds a configuration may allocate from it.
public struct TransformerConfiguration: Sendable, Equatable, Codable {
    /// Which family member.
    public let architecture: Architecture
    /// Rows of the embedding.
    public let vocabularyCount: Int
    /// Channels of the residual stream.
    public let width: Int
    /// Transformer blocks.
    public let layerCount: Int
    /// Query heads.
    public let headCount: Int
    /// Key and value heads; divides `headCount`.
    public let keyValueHeadCount: Int
    /// Channels of one head; even.
    public let headWidth: Int
    /// Inner channels of the gated MLP.
    public let feedForwardWidth: Int
    /// Positions that the model was made for.
    public let contextLength: Int
    /// Added to the mean square in every RMS norm.
    public let normEpsilon: Float
    /// Base of the rotary frequencies.
    public let rotaryBase: Double
    /// Stretching of the rotary frequencies.
    public let rotaryScaling: RotaryScaling
    /// Whether queries, keys and values have a bias (Qwen 2).
    public let hasAttentionBias: Bool
    /// Whether every head's query and key is normalised (Qwen 3).
    public let hasQueryKeyNorm: Bool
    /// Whether the output matrix is the embedding.
    public let tiesEmbedding: Bool

    /// Makes a configuration after checking every value.
    ///
    /// - Throws: ``ConfigurationError`` that names the value, what it is and what it may be.
    public init(
        architecture: Architecture, vocabularyCount: Int, width: Int, layerCount: Int, headCount: Int,
        keyValueHeadCount: Int, headWidth: Int? = nil, feedForwardWidth: Int, contextLength: Int,
        normEpsilon: Float = 1e-5, rotaryBase: Double = 10_000, rotaryScaling: RotaryScaling = .none,
        hasAttentionBias: Bool = false, hasQueryKeyNorm: Bool = false, tiesEmbedding: Bool = false
    ) throws {
        func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
            guard range.contains(value) else {
                throw ConfigurationError(
                    "\(name) is \(value); it must lie between \(range.lowerBound) and \(range.upperBound).")
            }
        }
        try check("The vocabulary size", vocabularyCount, 1...4_194_304)
        try check("The width", width, 1...65_536)
        try check("The number of layers", layerCount, 1...1_024)
        try check("The number of heads", headCount, 1...1_024)
        try check("The number of key/value heads", keyValueHeadCount, 1...headCount)
        guard headCount % keyValueHeadCount == 0 else {
            throw ConfigurationError(
                "\(keyValueHeadCount) key/value heads cannot be shared by \(headCount) heads: the first must divide the second."
            )
        }
        guard headWidth != nil || width % headCount == 0 else {
            throw ConfigurationError(
                "A width of \(width) cannot be cut into \(headCount) heads, and no head width is given.")
        }
        let headWidth = headWidth ?? width / headCount
        try check("The head width", headWidth, 2...1_024)
        guard headWidth % 2 == 0 else {
            throw ConfigurationError("The head width is \(headWidth); rotary embedding needs an even one.")
        }
        try check("The feed-forward width", feedForwardWidth, 1...1_048_576)
        try check("The context length", contextLength, 1...16_777_216)
        guard normEpsilon.isFinite, normEpsilon > 0, normEpsilon < 1 else {
            throw ConfigurationError("The norm's epsilon is \(normEpsilon); it must lie between 0 and 1.")
        }
        guard rotaryBase.isFinite, rotaryBase > 1 else {
            throw ConfigurationError("The rotary base is \(rotaryBase); it must be greater than 1.")
        }
        switch rotaryScaling {
        case .none: break
        case .linear(let factor):
            guard factor.isFinite, factor > 0 else {
                throw ConfigurationError("The rotary scaling factor is \(factor); it must be positive.")
            }
        case .llama3(let factor, let low, let high, let original):
            guard factor.isFinite, factor > 0, low.isFinite, low > 0, high.isFinite, high > low, original > 0 else {
                throw ConfigurationError(
                    "The rotary scaling (factor \(factor), low \(low), high \(high), original context \(original)) is "
                        + "not usable: all must be positive, and the high factor greater than the low one.")
            }
        case .divisors(let divisors):
            guard divisors.count == headWidth / 2, divisors.allSatisfy({ $0.isFinite && $0 > 0 }) else {
                throw ConfigurationError(
                    "There are \(divisors.count) rotary divisors; \(headWidth / 2) positive ones are needed.")
            }
        }
        self.architecture = architecture
        self.vocabularyCount = vocabularyCount
        self.width = width
        self.layerCount = layerCount
        self.headCount = headCount
        self.keyValueHeadCount = keyValueHeadCount
        self.headWidth = headWidth
        self.feedForwardWidth = feedForwardWidth
        self.contextLength = contextLength
        self.normEpsilon = normEpsilon
        self.rotaryBase = rotaryBase
        self.rotaryScaling = rotaryScaling
        self.hasAttentionBias = hasAttentionBias
        self.hasQueryKeyNorm = hasQueryKeyNorm
        self.tiesEmbedding = tiesEmbedding
    }
}

extension TransformerConfiguration {
    /// The same shape with another number of layers.
    ///
    /// - Throws: ``ConfigurationError`` if a model cannot have that many.
    public func withLayerCount(_ count: Int) throws -> TransformerConfiguration {
        try TransformerConfiguration(
            architecture: architecture, vocabularyCount: vocabularyCount, width: width, layerCount: count,
            headCount: headCount, keyValueHeadCount: keyValueHeadCount, headWidth: headWidth,
            feedForwardWidth: feedForwardWidth, contextLength: contextLength, normEpsilon: normEpsilon,
            rotaryBase: rotaryBase, rotaryScaling: rotaryScaling, hasAttentionBias: hasAttentionBias,
            hasQueryKeyNorm: hasQueryKeyNorm, tiesEmbedding: tiesEmbedding)
    }
}

/// A configuration that no model can have.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A sentence for people.
    public let description: String
    /// An error with this sentence.
    public init(_ description: String) { self.description = description }
}
