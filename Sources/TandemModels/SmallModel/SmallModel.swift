public import TandemMath

/// Tokens for a small model to read at the position of a cache.
public struct SmallSpan {
    /// The conversation's cache.
    public var cache: TandemCache
    /// What to read.
    public var tokens: [Int]
    /// Where blocks begin; nil: at the end of memory, as in drafting.
    public var blocks: BlockSchedule?
    /// The conversation's own tokens, which get logits beside those of the draft vocabulary.
    public var extra: DynamicVocabulary?

    /// A span of `tokens` at the position of `cache`.
    public init(cache: TandemCache, tokens: [Int], blocks: BlockSchedule? = nil, extra: DynamicVocabulary? = nil) {
        self.cache = cache
        self.tokens = tokens
        self.blocks = blocks
        self.extra = extra
    }
}

/// What a pass of a small model leaves: matrices that the next pass with the same ``SmallScratch`` overwrites.
public struct SmallOutput {
    /// States of all rows after the last norm, span after span.
    public let hidden: Matrix
    /// Logits over the draft vocabulary of the rows asked for. With a ``DynamicVocabulary`` there are more columns, of which
    /// a row has those of its own conversation; the others are -infinity.
    public let logits: Matrix
    /// For each span, its rows in `logits`.
    public let logitRows: [Range<Int>]
}

/// A transformer that reads a large model's mind: what came before the block under way reaches it as memory rows, made from
/// the large model's hidden states.
///
/// It runs on the same ``TransformerBlock`` as the large model, in training as in drafting: training is a pass over a whole
/// sequence, cut into blocks, whose scratch is kept for ``backward(_:absorbed:hiddenStates:gradients:scratch:pool:)``. A model made for training
/// drafts with the same bits that its training pass has.
///
///     try model.absorb([.init(cache: cache, rows: 0..<8)], hiddenStates: output.hiddenStates, …)
///     cache.beginBlock()
///     let logits = try model.forward([.init(cache: cache, tokens: [next])], …).logits
public final class SmallModel: Sendable {
    /// How its weights are kept.
    public enum Form: Sendable {
        /// As matrices that an optimiser changes: the only form with a way back.
        case training
        /// Packed for drafting. Rows of the large model's head stay as they are there, unless that would take much more
        /// memory than this format.
        case packed(TensorFormat)
    }

    struct Projection: Sendable {
        let states: [Int]
        let norms: [Matrix]
        let matrix: Linear
    }

    /// What makes a layer's memory of a projection's normalised states in one step: norm weights, projection and the layer's
    /// own weight, multiplied.
    struct FoldedMemory: Sendable {
        let key: Linear
        let value: Linear
    }

    enum Input: Sendable {
        case own(Matrix)
        case large(WeightMatrix, projection: Linear?)
    }

    /// Shape, and what it takes from the large model.
    public let configuration: TandemConfiguration
    /// How its caches are laid out.
    public let cacheLayout: KeyValueLayout
    let input: Input
    let lastState: Linear?
    let projections: [Projection]
    /// One for each layer in a packed model with memory; none in training.
    let folded: [FoldedMemory]
    let blocks: [TransformerBlock]
    let outputNorm: Matrix
    let head: Linear
    /// The tokens that columns of logits stand for.
    public let vocabulary: DraftVocabulary
    /// The large model's head, if that is where the rows are from.
    let headSource: WeightMatrix?
    /// For norms without a weight of their own.
    let ones: Matrix
    private let dense: [DenseWeight]

    /// A model with the given weights, which in training stay the caller's: it may change them and call
    /// ``refresh(pool:)``.
    ///
    /// - Parameters:
    ///   - configuration: its shape.
    ///   - weights: ``TandemConfiguration/parameters``. A frozen head may be left out; its rows are the large model's.
    ///   - large: whose embedding or head is used; needed if the configuration says so.
    ///   - form: how weights are kept.
    ///   - pool: threads for packing.
    /// - Throws: ``ModelError`` if a weight is missing, has another shape or a number that is not finite, or if the large
    ///   model is missing or another.
    public convenience init(
        _ configuration: TandemConfiguration, weights: [SmallParameter: Matrix], large: LargeModel? = nil, form: Form,
        pool: ComputePool
    ) throws {
        try self.init(
            configuration, given: weights.mapValues { .numbers($0) }, large: large, form: form, pool: pool)
    }

    /// A model with weights as a file holds them. Those that have the format asked for are taken over as they are.
    ///
    /// - Parameters:
    ///   - configuration: its shape.
    ///   - tensors: matrices, as ``init(_:weights:large:form:pool:)`` takes them.
    ///   - large: whose embedding or head is used; needed if the configuration says so.
    ///   - form: how weights are kept.
    ///   - pool: threads for packing.
    /// - Throws: ``ModelError`` as the other initialiser does.
    public convenience init(
        _ configuration: TandemConfiguration, tensors: [SmallParameter: TensorData], large: LargeModel? = nil,
        form: Form, pool: ComputePool
    ) throws {
        try self.init(configuration, given: tensors.mapValues { .stored($0) }, large: large, form: form, pool: pool)
    }

    private init(
        _ configuration: TandemConfiguration, given weights: [SmallParameter: SmallWeight], large: LargeModel?,
        form: Form, pool: ComputePool
    ) throws {
        let parts = try SmallModelParts(configuration, weights: weights, large: large, form: form, pool: pool)
        self.configuration = configuration
        cacheLayout = KeyValueLayout(
            layerCount: configuration.small.layerCount, headCount: configuration.small.keyValueHeadCount,
            headWidth: configuration.small.headWidth)
        input = try parts.input()
        lastState = configuration.addsLastState ? try parts.linear(.lastState) : nil
        switch form {
        case .training: (projections, folded) = (try parts.projections(), [])
        case .packed: (projections, folded) = ([], try parts.foldedMemory())
        }
        blocks = try parts.blocks()
        outputNorm = try parts.matrix(.outputNorm)
        head = try parts.head()
        vocabulary = configuration.draftVocabulary
        headSource = configuration.head == .large ? large?.output : nil
        ones = Matrix(
            rows: 1, columns: configuration.largeWidth, values: [Float](repeating: 1, count: configuration.largeWidth))
        dense = parts.dense
    }

    /// Takes over weights that were changed: after every step of an optimiser.
    public func refresh(pool: ComputePool) { for weight in dense { weight.refresh(pool: pool) } }

    /// Bytes of weights that drafting one token reads.
    public var weightByteCount: Int {
        var linears = [head]
        if case .large(_, let projection?) = input { linears.append(projection) }
        for block in blocks {
            linears += [block.query, block.key, block.value, block.attentionOutput, block.gate, block.up, block.down]
        }
        return linears.reduce(0) { $0 + $1.byteCount }
    }

    /// An empty cache for this model.
    public func makeCache(capacity: Int) -> TandemCache {
        TandemCache(
            layout: cacheLayout, capacity: capacity, hasMemory: configuration.memory != .none,
            lastStateWidth: configuration.addsLastState ? configuration.largeWidth : 0, width: configuration.small.width
        )
    }
}
