public import TandemMath

/// The first layers of a model, as a model.
///
///     let first = try LargeModel(LeadingLayers(source, count: 15), pool: pool)
public struct LeadingLayers: ParameterSource {
    /// The shape of the part.
    public let configuration: TransformerConfiguration
    private let whole: any ParameterSource

    /// The first `count` layers of `source`.
    ///
    /// - Throws: ``ConfigurationError`` if it has fewer.
    public init(_ source: any ParameterSource, count: Int) throws {
        guard count <= source.configuration.layerCount else {
            throw ConfigurationError(
                "The first \(count) layers of a model with \(source.configuration.layerCount) were asked for.")
        }
        configuration = try source.configuration.withLayerCount(count)
        whole = source
    }

    /// The whole model's tensor.
    public func tensor(_ path: ParameterPath) throws -> TensorData { try whole.tensor(path) }
}

extension TandemConfiguration {
    /// Deep Tandem: one model cut in two. Its first layers read block by block, in one pass, and stand where the large
    /// model stands elsewhere; its last layers write token by token.
    ///
    ///     tokens of finished blocks ── first layers ──► state `firstLayerCount` ──► memory of every last layer
    ///     token being read ── embedding, matrix ──(+)── last layers ── head
    ///                          the state before the block ──┘
    ///
    /// Nothing verifies: the pair is the model, as in the paper's appendix, and trained as any other small model is. The first
    /// layers are a ``LeadingLayers``; ``WarmStart`` takes the last ones from the whole model.
    ///
    /// - Throws: ``ConfigurationError`` if one of both parts would have no layer, or the model has biases or head norms that
    ///   its architecture has not.
    public static func deep(cutting whole: TransformerConfiguration, after firstLayerCount: Int) throws
        -> TandemConfiguration
    {
        guard firstLayerCount > 0, firstLayerCount < whole.layerCount else {
            throw ConfigurationError(
                "A model of \(whole.layerCount) layers cannot be cut after \(firstLayerCount): both parts need a layer."
            )
        }
        let lastCount = whole.layerCount - firstLayerCount
        return try TandemConfiguration(
            small: whole.withLayerCount(lastCount), largeWidth: whole.width, largeLayerCount: firstLayerCount,
            memory: .perLayer(.explicit([Int](repeating: firstLayerCount, count: lastCount))),
            embedding: .large(projected: true), head: .large, addsLastState: true)
    }
}
