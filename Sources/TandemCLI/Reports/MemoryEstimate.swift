import TandemMath
import TandemModels

/// What a model will need in memory, from its shape alone.
struct MemoryEstimate: Encodable, Equatable {
    /// Packed weights.
    var weights: Int
    /// Keys and values of one conversation whose context is full.
    var cache: Int
    /// Intermediates of the largest pass, logits included.
    var scratch: Int
    /// Positions that the cache is for.
    var context: Int
    /// Tokens in the largest pass.
    var rows: Int

    /// All of it.
    var total: Int { weights + cache + scratch }

    enum CodingKeys: String, CodingKey {
        case weights = "weights_bytes"
        case cache = "cache_bytes"
        case scratch = "scratch_bytes"
        case total = "total_bytes"
        case context
        case rows
    }

    /// - Parameter rows: Tokens that the largest pass reads: a long prompt is read in chunks.
    init(_ source: some ParameterSource, context: Int, rows: Int = 512) throws {
        let configuration = source.configuration
        weights = try configuration.parameters.reduce(0) { total, parameter in
            let tensor = try source.tensor(parameter.path)
            return total + (parameter.shape.count == 2 ? WeightMatrix.packedByteCount(of: tensor) : 4 * tensor.columns)
        }
        let layout = KeyValueLayout(
            layerCount: configuration.layerCount, headCount: configuration.keyValueHeadCount,
            headWidth: configuration.headWidth)
        cache = layout.byteCount(positions: context)
        let rows = min(rows, context)
        let queryWidth = configuration.headCount * configuration.headWidth
        let keyValueWidth = configuration.keyValueHeadCount * configuration.headWidth
        // Floats of the residual stream, queries, keys, values, up; floats and 8-bit codes with their scales (about 1.5
        // bytes a number, 5.5 together) of what goes into products: normed states, attention, gated MLP.
        let perRow =
            4 * (configuration.width + queryWidth + 2 * keyValueWidth + configuration.feedForwardWidth)
            + 11 * (configuration.width + queryWidth + configuration.feedForwardWidth) / 2
        // One row of logits, and rotary angles for each position.
        scratch = rows * perRow + 4 * configuration.vocabularyCount + 4 * configuration.headWidth * context
        self.context = context
        self.rows = rows
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(weights, forKey: .weights)
        try container.encode(cache, forKey: .cache)
        try container.encode(scratch, forKey: .scratch)
        try container.encode(total, forKey: .total)
        try container.encode(context, forKey: .context)
        try container.encode(rows, forKey: .rows)
    }
}
