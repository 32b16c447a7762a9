public import TandemModels

/// The shapes of small models that are worth training, each derived from the large model's.
///
/// | | layers | rows of the head | drafts in |
/// | --- | --- | --- | --- |
/// | ``tiny`` | 1 | 4,096 | the least time |
/// | ``small`` | 1 | 8,192 | little more, and covers more of an answer |
/// | ``base`` | 2 | 8,192 | half as much again |
///
/// All of them have the large model's width, heads and rotary frequencies, its biases or its norms of heads, so that they
/// can begin as copies of its last layers; its embedding behind a matrix of their own; its head, frozen, over the tokens
/// that it uses most; and memory made from the states that the copied layers read there.
public enum SmallModelPreset: String, Sendable, Codable, CaseIterable {
    /// One layer, few rows.
    case tiny
    /// One layer.
    case small
    /// Two layers.
    case base

    /// What is trained, and what hidden states are stored for, unless told otherwise.
    public static let standard = SmallModelPreset.base

    /// Layers, unless told otherwise.
    public var layerCount: Int { self == .base ? 2 : 1 }
    /// Rows of the head, unless told otherwise: fewer if the large model has no more.
    public var draftVocabularyCount: Int { self == .tiny ? 4_096 : 8_192 }

    /// The shape beside a large model.
    ///
    /// - Parameters:
    ///   - large: The large model's shape.
    ///   - memory: What stands for the positions before a block.
    ///   - layerCount: nil for the preset's.
    ///   - draftTokens: The tokens that can be drafted; nil for all.
    ///   - addsLastState: Whether the large model's final state before the block is added to every input; has no meaning
    ///     without memory.
    /// - Throws: `ConfigurationError` if the parts do not fit.
    public func configuration(
        beside large: TransformerConfiguration, memory: TandemConfiguration.Memory = .perLayer(.topAligned),
        layerCount: Int? = nil, draftTokens: [Int]?, addsLastState: Bool = true
    ) throws -> TandemConfiguration {
        // Mistral's layers are Llama's.
        let architecture: Architecture = large.hasQueryKeyNorm ? .qwen3 : large.hasAttentionBias ? .qwen2 : .llama
        let small = try TransformerConfiguration(
            architecture: architecture, vocabularyCount: large.vocabularyCount, width: large.width,
            layerCount: layerCount ?? self.layerCount, headCount: large.headCount,
            keyValueHeadCount: large.keyValueHeadCount, headWidth: large.headWidth,
            feedForwardWidth: large.feedForwardWidth, contextLength: large.contextLength,
            normEpsilon: large.normEpsilon, rotaryBase: large.rotaryBase, rotaryScaling: large.rotaryScaling,
            hasAttentionBias: architecture == .qwen2, hasQueryKeyNorm: architecture == .qwen3)
        return try TandemConfiguration(
            small: small, largeWidth: large.width, largeLayerCount: large.layerCount, memory: memory,
            embedding: .large(projected: true), head: .large, draftTokens: draftTokens,
            addsLastState: addsLastState && memory != .none)
    }
}

extension DraftVocabulary {
    /// The tokens that come most often among those of `data` that are to be learnt: the large model's own answers say
    /// better than any corpus what it will answer.
    ///
    /// - Parameters:
    ///   - count: How many; all of them if the vocabulary has no more.
    ///   - data: Where they are counted.
    ///   - documents: Which documents are counted.
    /// - Throws: ``TrainingError`` if the data holds strange tokens.
    public init(mostFrequent count: Int, in data: TrainingData, documents: Range<Int>) throws {
        var counts = [Int](repeating: 0, count: data.vocabularyCount)
        for document in documents {
            let range = data.document(document)
            for (token, isMarked) in zip(try data.tokens(range), data.marks(range)) where isMarked {
                counts[token] += 1
            }
        }
        try self.init(mostFrequent: min(count, counts.count), counts: counts)
    }
}
