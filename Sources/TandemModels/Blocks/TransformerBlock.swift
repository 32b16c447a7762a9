import TandemMath

/// One block of a Llama-family transformer: the only definition of the architecture.
///
///     x ── norm ─ q, k, v ─ rotate ─ append to cache ─ attention ─ output ──(+)── norm ─ silu(gate)·up ─ down ──(+)── x
///     └─────────────────────────────────────────────────────────────────────┘└──────────────────────────────────────┘
///
/// It always goes through a cache, in prefill, decoding, verification and training alike: a row's key and value are
/// written first and read back with everything before it.
public final class TransformerBlock: Sendable {
    let configuration: TransformerConfiguration
    let attentionNorm: Matrix
    let query: Linear
    let key: Linear
    let value: Linear
    let attentionOutput: Linear
    let feedForwardNorm: Matrix
    let gate: Linear
    let up: Linear
    let down: Linear
    let biases: Biases?
    let headNorms: HeadNorms?

    struct Biases: Sendable { let query, key, value: Matrix }
    struct HeadNorms: Sendable { let query, key: Matrix }

    init(
        configuration: TransformerConfiguration, attentionNorm: Matrix, query: Linear, key: Linear, value: Linear,
        attentionOutput: Linear, feedForwardNorm: Matrix, gate: Linear, up: Linear, down: Linear, biases: Biases?,
        headNorms: HeadNorms?
    ) {
        self.configuration = configuration
        self.attentionNorm = attentionNorm
        self.query = query
        self.key = key
        self.value = value
        self.attentionOutput = attentionOutput
        self.feedForwardNorm = feedForwardNorm
        self.gate = gate
        self.up = up
        self.down = down
        self.biases = biases
        self.headNorms = headNorms
    }

    /// Runs the block on all rows of `states`, in place.
    ///
    /// - Parameters:
    ///   - states: the residual stream, `[rows, width]`.
    ///   - layer: which layer of the caches is this block's.
    ///   - plan: where each row stands and what it attends to.
    func forward(
        _ states: Matrix, layer: Int, plan: AttentionPlan, rotary: RotaryTable, scratch: BlockScratch,
        pool: ComputePool
    ) {
        let epsilon = configuration.normEpsilon
        scratch.resize(rows: states.rows)

        scratch.kept?.input.copyRows(states.rows, from: states)
        Kernels.rmsNorm(states, weight: attentionNorm, epsilon: epsilon, into: scratch.normed.values, pool: pool)
        quantize(scratch.normed, for: [query, key, value], pool: pool)
        Linear.multiply(
            scratch.normed, [(query, scratch.queries), (key, scratch.keys), (value, scratch.values)], pool: pool)
        keepHeads(scratch, pool: pool)
        Kernels.rotateAndAppend(
            plan, layer: layer, queries: scratch.queries, keys: scratch.keys, values: scratch.values,
            preparation: preparation, rotary: rotary, pool: pool)
        Kernels.attend(
            plan, layer: layer, queries: scratch.queries, into: scratch.attended.values,
            states: scratch.kept?.attentionStates, scratch: scratch.attention, pool: pool)
        quantize(scratch.attended, for: [attentionOutput], pool: pool)
        attentionOutput.multiply(scratch.attended, into: states, adds: true, pool: pool)

        scratch.kept?.middle.copyRows(states.rows, from: states)
        Kernels.rmsNorm(states, weight: feedForwardNorm, epsilon: epsilon, into: scratch.normed.values, pool: pool)
        quantize(scratch.normed, for: [gate, up], pool: pool)
        Linear.multiplyGated(
            scratch.normed, gate: gate, up: up, gateScratch: scratch.kept?.gate, upScratch: scratch.up,
            into: scratch.gated.values, pool: pool)
        quantize(scratch.gated, for: [down], pool: pool)
        down.multiply(scratch.gated, into: states, adds: true, pool: pool)
    }

    private var preparation: QueryKeyPreparation {
        var preparation = QueryKeyPreparation()
        if let biases { preparation.biases = (biases.query, biases.key, biases.value) }
        if let headNorms { preparation.norms = (headNorms.query, headNorms.key, configuration.normEpsilon) }
        return preparation
    }

    /// Biases and head norms of memory rows, whose keys and values come from the block's own weights.
    ///
    /// - Parameter before: gets the keys as they go into their norms, for the way back.
    func prepareMemory(keys: Matrix, values: Matrix, before: Matrix?, pool: ComputePool) {
        if let biases {
            Kernels.addBias(biases.key, to: keys, pool: pool)
            Kernels.addBias(biases.value, to: values, pool: pool)
        }
        guard let headNorms else { return }
        before?.resize(rows: keys.rows)
        before?.copyRows(keys.rows, from: keys)
        Kernels.headNorm(keys, weight: headNorms.key, epsilon: configuration.normEpsilon, pool: pool)
    }

    /// Keeps queries and keys as they go into the norms of their heads, if the way back will follow.
    private func keepHeads(_ scratch: BlockScratch, pool: ComputePool) {
        guard headNorms != nil, let heads = scratch.kept?.heads else { return }
        heads.queries.copyRows(scratch.queries.rows, from: scratch.queries)
        heads.keys.copyRows(scratch.keys.rows, from: scratch.keys)
        guard let biases else { return }
        Kernels.addBias(biases.query, to: heads.queries, pool: pool)
        Kernels.addBias(biases.key, to: heads.keys, pool: pool)
    }

    private func quantize(_ rows: ActivationRows, for weights: [Linear], pool: ComputePool) {
        if weights.contains(where: \.isQuantized) { rows.quantize(pool: pool) }
    }
}

/// The intermediates of a block. Inference hands the same scratch to every layer; training hands each layer its own, and the
/// way back reads what is left in it.
final class BlockScratch {
    let normed: ActivationRows
    let queries: Matrix
    let keys: Matrix
    let values: Matrix
    let attended: ActivationRows
    let up: Matrix
    let gated: ActivationRows
    let attention = AttentionScratch()
    let kept: Kept?

    /// What the way there would overwrite or not write down at all.
    struct Kept {
        let input: Matrix
        let middle: Matrix
        let gate: Matrix
        let attentionStates: Matrix
        /// Queries and keys before the norms of their heads; nil where heads have none.
        let heads: (queries: Matrix, keys: Matrix)?
    }

    /// - Parameter keeps: whether the way back will follow.
    init(_ configuration: TransformerConfiguration, keeps: Bool = false) {
        let queryWidth = configuration.headCount * configuration.headWidth
        let keyValueWidth = configuration.keyValueHeadCount * configuration.headWidth
        normed = ActivationRows(columns: configuration.width)
        queries = Matrix(rows: 0, columns: queryWidth)
        keys = Matrix(rows: 0, columns: keyValueWidth)
        values = Matrix(rows: 0, columns: keyValueWidth)
        attended = ActivationRows(columns: queryWidth)
        up = Matrix(rows: 0, columns: configuration.feedForwardWidth)
        gated = ActivationRows(columns: configuration.feedForwardWidth)
        kept =
            keeps
            ? Kept(
                input: Matrix(rows: 0, columns: configuration.width),
                middle: Matrix(rows: 0, columns: configuration.width),
                gate: Matrix(rows: 0, columns: configuration.feedForwardWidth),
                attentionStates: Matrix(rows: 0, columns: 2 * configuration.headCount),
                heads: configuration.hasQueryKeyNorm
                    ? (queries: Matrix(rows: 0, columns: queryWidth), keys: Matrix(rows: 0, columns: keyValueWidth))
                    : nil) : nil
    }

    func resize(rows: Int) {
        normed.resize(rows: rows)
        queries.resize(rows: rows)
        keys.resize(rows: rows)
        values.resize(rows: rows)
        attended.resize(rows: rows)
        up.resize(rows: rows)
        gated.resize(rows: rows)
        guard let kept else { return }
        for matrix in [kept.input, kept.middle, kept.gate, kept.attentionStates] { matrix.resize(rows: rows) }
        kept.heads?.queries.resize(rows: rows)
        kept.heads?.keys.resize(rows: rows)
    }
}
