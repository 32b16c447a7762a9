public import TandemMath

/// Which rows of a span get logits.
public enum LogitRows: Sendable, Equatable {
    /// None: the span is only read, as in all chunks of a prompt but the last.
    case none
    /// The last row: prefill, a plain decoding step.
    case last
    /// Every row: verification, perplexity.
    case all

    /// The rows of a span of `count` tokens.
    func range(count: Int) -> Range<Int> {
        switch self {
        case .none: count..<count
        case .last: max(count - 1, 0)..<count
        case .all: 0..<count
        }
    }
}

/// Tokens of one conversation to be read in a forward pass.
public struct ModelSpan {
    /// The conversation's cache; the tokens follow what it holds.
    public var cache: KeyValueCache
    /// What to read.
    public var tokens: [Int]
    /// Which rows get logits.
    public var logits: LogitRows

    /// A span of `tokens` at the end of `cache`.
    public init(cache: KeyValueCache, tokens: [Int], logits: LogitRows = .last) {
        self.cache = cache
        self.tokens = tokens
        self.logits = logits
    }

    var logitRange: Range<Int> { logits.range(count: tokens.count) }
}

/// What a forward pass leaves: matrices that the next pass with the same ``ModelScratch`` overwrites.
public struct ModelOutput {
    /// Logits of the rows asked for, span after span, `[rows, vocabulary]`.
    public let logits: Matrix
    /// For each span, its rows in `logits`.
    public let logitRows: [Range<Int>]
    /// For each captured layer, the hidden states of all rows, span after span, `[rows, width]`.
    public let hiddenStates: [Int: Matrix]
    /// For each span, its rows in `hiddenStates`.
    public let spanRows: [Range<Int>]
}

/// A forward pass that cannot be done.
public enum ModelError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A token id outside the vocabulary.
    case unknownToken(Int, vocabularyCount: Int)
    /// A span that does not fit its cache.
    case contextFull(positions: Int, capacity: Int)
    /// A layer to capture that is not there.
    case unknownLayer(Int, layerCount: Int)
    /// A weight that does not fit the configuration.
    case weightShape(String, found: [Int], expected: [Int])
    /// A weight with a number that is infinite or not a number; one that came as a file's tensor by the tensor's name.
    case weightNotFinite(String)

    /// A sentence for people.
    public var description: String {
        switch self {
        case .unknownToken(let token, let count):
            "Token \(token) is not in the vocabulary of \(count); was the text encoded for another model?"
        case .contextFull(let positions, let capacity):
            "The text needs \(positions) positions, and the context holds \(capacity); ask for a larger context or a shorter text."
        case .unknownLayer(let layer, let count):
            "There is no layer \(layer) to capture; the model has layers 0 to \(count)."
        case .weightShape(let name, let found, let expected):
            "\(name) has shape \(found), but the configuration asks for \(expected); is the file complete?"
        case .weightNotFinite(let name):
            "\(name) holds a number that is not finite; a training run that went wrong may have left it: go back to an earlier checkpoint."
        }
    }
}

/// A transformer of the Llama family: frozen weights, shared by any number of conversations.
///
/// ``forward(_:capturing:scratch:pool:)`` reads spans of any lengths, of one or many conversations, in one pass over the
/// weights; prefill, a decoding step, verification of a draft and a batch of strangers are all this one call. A
/// token's logits, states, keys and values have the same bits whatever else is in the pass.
///
/// ### Hidden states
///
/// Hidden state *n* is what enters block *n*: 0 is the embedding, `layerCount` is what leaves the last block, before the
/// output norm. (llama.cpp counts the same way; Hugging Face's `hidden_states[n]` too, but for its last, which is normed.)
public final class LargeModel: Sendable {
    /// Shape and constants.
    public let configuration: TransformerConfiguration
    /// How caches for this model are laid out.
    public let cacheLayout: KeyValueLayout
    /// Bytes of weights that one pass reads.
    public let weightByteCount: Int
    /// Tells models apart: 64 hexadecimal digits that depend on the weights and their format (see `WeightFingerprint`).
    public let fingerprint: String
    let embedding: WeightMatrix
    let blocks: [TransformerBlock]
    let outputNorm: Matrix
    let output: WeightMatrix

    /// Packs the weights of `source` into memory.
    ///
    /// - Throws: whatever the source throws, or ``ModelError/weightShape(_:found:expected:)``.
    public init(_ source: any ParameterSource, pool: ComputePool) throws {
        let configuration = source.configuration
        self.configuration = configuration
        cacheLayout = KeyValueLayout(
            layerCount: configuration.layerCount, headCount: configuration.keyValueHeadCount,
            headWidth: configuration.headWidth)
        var tensors: [ParameterPath: TensorData] = [:]
        var byteCount = 0
        var fingerprint = WeightFingerprint()
        for (path, shape) in configuration.parameters {
            let tensor = try source.tensor(path)
            guard tensor.shape == shape else {
                throw ModelError.weightShape(tensor.name, found: tensor.shape, expected: shape)
            }
            tensors[path] = tensor
            fingerprint.add(path, tensor)
            if shape.count == 2 { byteCount += WeightMatrix.packedByteCount(of: tensor) }
        }
        self.fingerprint = fingerprint.text
        let arena = WeightArena(byteCount: byteCount)
        func tensor(_ path: ParameterPath) throws -> TensorData {
            guard let tensor = tensors[path] else {
                throw ModelError.weightShape("\(path)", found: [], expected: [])
            }
            return tensor
        }
        func matrix(_ path: ParameterPath) throws -> WeightMatrix {
            try WeightMatrix(tensor(path), in: arena, pool: pool)
        }
        func vector(_ path: ParameterPath) throws -> Matrix {
            let tensor = try tensor(path)
            return Matrix(rows: 1, columns: tensor.columns, values: tensor.floats())
        }
        var blocks: [TransformerBlock] = []
        for layer in 0..<configuration.layerCount {
            func weight(_ parameter: LayerParameter) throws -> Linear {
                .packed(try matrix(.layer(layer, parameter)))
            }
            func numbers(_ parameter: LayerParameter) throws -> Matrix { try vector(.layer(layer, parameter)) }
            blocks.append(
                TransformerBlock(
                    configuration: configuration, attentionNorm: try numbers(.attentionNorm),
                    query: try weight(.query),
                    key: try weight(.key), value: try weight(.value), attentionOutput: try weight(.attentionOutput),
                    feedForwardNorm: try numbers(.feedForwardNorm), gate: try weight(.gate), up: try weight(.up),
                    down: try weight(.down),
                    biases: configuration.hasAttentionBias
                        ? .init(
                            query: try numbers(.queryBias), key: try numbers(.keyBias), value: try numbers(.valueBias))
                        : nil,
                    headNorms: configuration.hasQueryKeyNorm
                        ? .init(query: try numbers(.queryNorm), key: try numbers(.keyNorm)) : nil))
        }
        self.blocks = blocks
        embedding = try matrix(.embedding)
        outputNorm = try vector(.outputNorm)
        output = configuration.tiesEmbedding ? embedding : try matrix(.output)
        weightByteCount = byteCount - (configuration.tiesEmbedding ? 0 : embedding.byteCount)
    }

    /// An empty cache for this model.
    public func makeCache(capacity: Int) -> KeyValueCache { KeyValueCache(layout: cacheLayout, capacity: capacity) }

    /// Reads all spans in one pass and appends their rows to their caches.
    ///
    /// - Parameters:
    ///   - spans: what to read; no two with the same cache.
    ///   - layers: hidden states to return (see the class for how layers count).
    ///   - scratch: memory for intermediates and results, for one pass at a time.
    ///   - pool: threads for it.
    /// - Throws: ``ModelError`` before anything is changed.
    public func forward(
        _ spans: [ModelSpan], capturing layers: Set<Int> = [], scratch: ModelScratch, pool: ComputePool
    ) throws -> ModelOutput {
        try check(spans, layers: layers)
        var attentionSpans: [AttentionSpan] = []
        var spanRows: [Range<Int>] = []
        var rowCount = 0
        for span in spans {
            let pages = span.cache.reserve(rows: span.tokens.count)
            scratch.rotary.prepare(positions: span.cache.count + span.tokens.count)
            attentionSpans.append(
                AttentionSpan(firstRow: rowCount, rowCount: span.tokens.count, start: span.cache.count, pages: pages))
            spanRows.append(rowCount..<rowCount + span.tokens.count)
            rowCount += span.tokens.count
        }
        let plan = AttentionPlan(spans: attentionSpans, layout: cacheLayout, headCount: configuration.headCount)
        let states = scratch.states
        states.resize(rows: rowCount)
        var row = 0
        for token in spans.lazy.flatMap(\.tokens) {
            embedding.unpack(row: token, into: states, at: row)
            row += 1
        }
        var captured: [Int: Matrix] = [:]
        for (layer, block) in blocks.enumerated() {
            if layers.contains(layer) { captured[layer] = scratch.capture(states, layer: layer) }
            block.forward(states, layer: layer, plan: plan, rotary: scratch.rotary, scratch: scratch.block, pool: pool)
        }
        if layers.contains(blocks.count) { captured[blocks.count] = scratch.capture(states, layer: blocks.count) }
        for span in spans { span.cache.append(rows: span.tokens.count) }
        let (logits, logitRows) = project(states, spans: spans, spanRows: spanRows, scratch: scratch, pool: pool)
        return ModelOutput(logits: logits, logitRows: logitRows, hiddenStates: captured, spanRows: spanRows)
    }

    /// Output norm and head, for the rows asked for.
    private func project(
        _ states: Matrix, spans: [ModelSpan], spanRows: [Range<Int>], scratch: ModelScratch, pool: ComputePool
    ) -> (Matrix, [Range<Int>]) {
        var logitRows: [Range<Int>] = []
        var count = 0
        for span in spans {
            logitRows.append(count..<count + span.logitRange.count)
            count += span.logitRange.count
        }
        let selected = scratch.selected
        selected.resize(rows: count)
        for (index, span) in spans.enumerated() where !span.logitRange.isEmpty {
            selected.values.copyRows(
                span.logitRange.count, from: states, at: spanRows[index].lowerBound + span.logitRange.lowerBound,
                to: logitRows[index].lowerBound)
        }
        return (head(scratch, pool: pool), logitRows)
    }

    /// Norm and head on the rows that were selected.
    func head(_ scratch: ModelScratch, pool: ComputePool) -> Matrix {
        let selected = scratch.selected
        Kernels.rmsNorm(
            selected.values, weight: outputNorm, epsilon: configuration.normEpsilon, into: selected.values, pool: pool)
        if output.isQuantized { selected.quantize(pool: pool) }
        scratch.logits.resize(rows: selected.values.rows)
        Kernels.multiply(selected, [WeightProduct(output, into: scratch.logits)], pool: pool)
        return scratch.logits
    }

    private func check(_ spans: [ModelSpan], layers: Set<Int>) throws {
        for span in spans {
            precondition(span.cache.layout == cacheLayout, "The cache was made for a model of another shape.")
            guard span.tokens.count <= span.cache.available else {
                throw ModelError.contextFull(
                    positions: span.cache.count + span.tokens.count, capacity: span.cache.capacity)
            }
            for token in span.tokens where token < 0 || token >= configuration.vocabularyCount {
                throw ModelError.unknownToken(token, vocabularyCount: configuration.vocabularyCount)
            }
        }
        for layer in layers where layer < 0 || layer > configuration.layerCount {
            throw ModelError.unknownLayer(layer, layerCount: configuration.layerCount)
        }
        precondition(
            Set(spans.map { ObjectIdentifier($0.cache) }).count == spans.count, "Two spans write into the same cache.")
    }
}

/// Memory for one forward pass at a time: intermediates, captured states, logits. Grows to the largest pass.
public final class ModelScratch {
    let states: Matrix
    let block: BlockScratch
    let selected: ActivationRows
    let logits: Matrix
    let rotary: RotaryTable
    private var captured: [Int: Matrix] = [:]

    /// Scratch for a model of this shape.
    public init(_ configuration: TransformerConfiguration) {
        states = Matrix(rows: 0, columns: configuration.width)
        block = BlockScratch(configuration)
        selected = ActivationRows(columns: configuration.width)
        logits = Matrix(rows: 0, columns: configuration.vocabularyCount)
        rotary = RotaryTable(frequencies: configuration.rotaryFrequencies)
    }

    func capture(_ states: Matrix, layer: Int) -> Matrix {
        let copy = captured[layer] ?? Matrix(rows: 0, columns: states.columns)
        captured[layer] = copy
        copy.resize(rows: states.rows)
        copy.copyRows(states.rows, from: states)
        return copy
    }
}
