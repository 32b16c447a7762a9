public import TandemMath

/// The weights that a small model begins with when it is made of parts of the large one.
///
/// | part | begins as |
/// | --- | --- |
/// | layers | copies of layers of the large model, decoded (``sourceLayers(_:largeLayerCount:)`` says which) |
/// | memory | the identity, with the norm of the layer that was copied: memory rows of a layer that reads the state which its original reads are the large model's own keys and values |
/// | input | the matrix that comes closest, for the text given, to the state that enters the first copied layer |
/// | last state | fitted with the input; zero if the embedding goes in as it is |
/// | output norm, head | copies |
///
/// A part whose shape is not the large model's begins at random, as in ``TandemConfiguration/makeWeights(seed:)``; with
/// another width that is all of them. A small model without memory gets everything but the memory, or a comparison would
/// credit the memory with what the start is worth.
public enum WarmStart {
    /// Makes the weights.
    ///
    /// - Parameters:
    ///   - configuration: the small model. Its large model may be the first layers of `large` (Deep Tandem).
    ///   - large: whose parts are copied, and which reads the text.
    ///   - tokens: text to fit the input to, a few tens of thousands of tokens in sequences of any lengths; may be empty if
    ///     the configuration has nothing to fit.
    ///   - seed: for what begins at random, and for the block lengths (1 to 8) in which the text is cut.
    ///   - pool: threads for it.
    /// - Throws: ``ConfigurationError`` if the two models do not belong together or there is no text to fit;
    ///   ``ModelError`` if the text has tokens that the large model does not know or is longer than its context.
    public static func weights(
        _ configuration: TandemConfiguration, from large: LargeModel, fitting tokens: [[Int]], seed: UInt64,
        pool: ComputePool
    ) throws -> [SmallParameter: Matrix] {
        let (small, whole) = (configuration.small, large.configuration)
        guard whole.width == configuration.largeWidth, whole.vocabularyCount == small.vocabularyCount,
            whole.layerCount >= configuration.largeLayerCount
        else {
            throw ConfigurationError(
                "The small model is made for a large one of \(configuration.largeLayerCount) layers of "
                    + "\(configuration.largeWidth) channels and \(small.vocabularyCount) tokens; this one has "
                    + "\(whole.layerCount) layers of \(whole.width) and \(whole.vocabularyCount).")
        }
        let weights = configuration.makeWeights(seed: seed)
        guard small.width == whole.width else { return weights }
        let sources = sourceLayers(configuration, largeLayerCount: whole.layerCount)
        for (layer, source) in sources.enumerated() {
            copy(large.blocks[source], of: whole, to: layer, of: small, in: weights)
        }
        beginMemory(configuration, large, sources: sources, in: weights)
        weights[.outputNorm]?.copyRows(1, from: large.outputNorm)
        if let head = weights[.head] { large.copyHead(to: head, tokens: configuration.draftTokens) }
        try fitInput(
            configuration, large, entering: sources[0], tokens: tokens, seed: seed, in: weights, pool: pool)
        return weights
    }

    /// For each layer of the small model, the layer of the large one that it begins as: with an explicit map the one that
    /// reads the same state (the last for the final state), otherwise the last ones.
    public static func sourceLayers(_ configuration: TandemConfiguration, largeLayerCount: Int) -> [Int] {
        let count = configuration.small.layerCount
        if case .perLayer(.explicit(let states)) = configuration.memory,
            largeLayerCount == configuration.largeLayerCount
        {
            return states.map { min($0, largeLayerCount - 1) }
        }
        return (0..<count).map { max(0, largeLayerCount - count + $0) }
    }

    /// Attention is copied if both models have the same heads and treat them alike, the MLP if it is as wide.
    private static func copy(
        _ block: TransformerBlock, of large: TransformerConfiguration, to layer: Int,
        of small: TransformerConfiguration, in weights: [SmallParameter: Matrix]
    ) {
        func copy(_ linear: Linear, _ parameter: LayerParameter) {
            if let matrix = weights[.layer(layer, parameter)] { linear.unpack(into: matrix) }
        }
        func copyRow(_ numbers: Matrix, _ parameter: LayerParameter) {
            weights[.layer(layer, parameter)]?.copyRows(1, from: numbers)
        }
        copyRow(block.attentionNorm, .attentionNorm)
        copyRow(block.feedForwardNorm, .feedForwardNorm)
        if hasSameAttention(small, large) {
            copy(block.query, .query)
            copy(block.key, .key)
            copy(block.value, .value)
            copy(block.attentionOutput, .attentionOutput)
            if let biases = block.biases {
                copyRow(biases.query, .queryBias)
                copyRow(biases.key, .keyBias)
                copyRow(biases.value, .valueBias)
            }
            if let norms = block.headNorms {
                copyRow(norms.query, .queryNorm)
                copyRow(norms.key, .keyNorm)
            }
        }
        if small.feedForwardWidth == large.feedForwardWidth {
            copy(block.gate, .gate)
            copy(block.up, .up)
            copy(block.down, .down)
        }
    }

    /// Biases and head norms are part of attention: keys without them would be other keys.
    private static func hasSameAttention(_ small: TransformerConfiguration, _ large: TransformerConfiguration) -> Bool {
        small.headCount == large.headCount && small.keyValueHeadCount == large.keyValueHeadCount
            && small.headWidth == large.headWidth && small.rotaryFrequencies == large.rotaryFrequencies
            && small.hasAttentionBias == large.hasAttentionBias && small.hasQueryKeyNorm == large.hasQueryKeyNorm
    }

    /// Projections become the identity: of the one state that a layer reads, or of the one among several that lies
    /// nearest to what enters the first copied layer.
    private static func beginMemory(
        _ configuration: TandemConfiguration, _ large: LargeModel, sources: [Int], in weights: [SmallParameter: Matrix]
    ) {
        for (index, states) in configuration.projections.enumerated() {
            let nearest =
                states.indices.min { abs(states[$0] - sources[index]) < abs(states[$1] - sources[index]) } ?? 0
            guard let projection = weights[.memoryProjection(index)] else { continue }
            projection.fill(with: 0)
            for channel in 0..<projection.rows {
                projection[channel, nearest * configuration.largeWidth + channel] = 1
            }
            for state in states.indices {
                weights[.memoryNorm(projection: index, state: state)]?.copyRows(
                    1, from: large.blocks[sources[index]].attentionNorm)
            }
        }
    }
}
