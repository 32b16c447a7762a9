public import TandemMath

/// Names one weight of a transformer, whatever a file calls it.
///
/// The readers map these to names in their files; everything else uses these.
public enum ParameterPath: Sendable, Hashable, CustomStringConvertible {
    /// `[vocabulary, width]`
    case embedding
    /// `[width]`
    case outputNorm
    /// `[vocabulary, width]`; absent where the embedding is tied.
    case output
    /// A weight of one block, counted from 0.
    case layer(Int, LayerParameter)

    /// For messages, for example `layers.3.query`.
    public var description: String {
        switch self {
        case .embedding: "embedding"
        case .outputNorm: "outputNorm"
        case .output: "output"
        case .layer(let index, let parameter): "layers.\(index).\(parameter.rawValue)"
        }
    }
}

/// The weights of one transformer block, with H heads of D channels, K key/value heads, width C and F inner channels.
public enum LayerParameter: String, Sendable, Hashable, CaseIterable {
    /// `[C]`
    case attentionNorm
    /// `[H·D, C]`. Rotary pairs are channel `i` and `i + D/2` of a head.
    case query
    /// `[H·D]`, Qwen 2
    case queryBias
    /// `[K·D, C]`. Rotary pairs as in `query`.
    case key
    /// `[K·D]`, Qwen 2
    case keyBias
    /// `[K·D, C]`
    case value
    /// `[K·D]`, Qwen 2
    case valueBias
    /// `[D]`, Qwen 3
    case queryNorm
    /// `[D]`, Qwen 3
    case keyNorm
    /// `[C, H·D]`
    case attentionOutput
    /// `[C]`
    case feedForwardNorm
    /// `[F, C]`
    case gate
    /// `[F, C]`
    case up
    /// `[C, F]`
    case down
}

extension TransformerConfiguration {
    /// Every weight that a model of this configuration has, with its shape (outermost dimension first), in the order
    /// in which a forward pass meets them.
    public var parameters: [(path: ParameterPath, shape: [Int])] {
        var all: [(ParameterPath, [Int])] = [(.embedding, [vocabularyCount, width])]
        let queryWidth = headCount * headWidth
        let keyValueWidth = keyValueHeadCount * headWidth
        for layer in 0..<layerCount {
            func add(_ parameter: LayerParameter, _ shape: [Int]) { all.append((.layer(layer, parameter), shape)) }
            add(.attentionNorm, [width])
            add(.query, [queryWidth, width])
            add(.key, [keyValueWidth, width])
            add(.value, [keyValueWidth, width])
            if hasAttentionBias {
                add(.queryBias, [queryWidth])
                add(.keyBias, [keyValueWidth])
                add(.valueBias, [keyValueWidth])
            }
            if hasQueryKeyNorm {
                add(.queryNorm, [headWidth])
                add(.keyNorm, [headWidth])
            }
            add(.attentionOutput, [width, queryWidth])
            add(.feedForwardNorm, [width])
            add(.gate, [feedForwardWidth, width])
            add(.up, [feedForwardWidth, width])
            add(.down, [width, feedForwardWidth])
        }
        all.append((.outputNorm, [width]))
        if !tiesEmbedding { all.append((.output, [vocabularyCount, width])) }
        return all
    }
}

/// Something that holds the weights of a transformer: a GGUF file, a Hugging Face directory, a test.
public protocol ParameterSource: Sendable {
    /// The shape of the model whose weights these are.
    var configuration: TransformerConfiguration { get }

    /// The weight at `path`, in the shape that ``TransformerConfiguration/parameters`` gives it, with rotary pairs
    /// half a head apart (a reader of a file that stores them side by side puts the rows in order).
    func tensor(_ path: ParameterPath) throws -> TensorData
}
