import TandemMath

/// Where the gradients of a block's weights are added; nil for what is frozen.
struct BlockGradients {
    var attentionNorm: Matrix?
    var query: Matrix?
    var queryBias: Matrix?
    var key: Matrix?
    var keyBias: Matrix?
    var value: Matrix?
    var valueBias: Matrix?
    var queryNorm: Matrix?
    var keyNorm: Matrix?
    var attentionOutput: Matrix?
    var feedForwardNorm: Matrix?
    var gate: Matrix?
    var up: Matrix?
    var down: Matrix?
}

/// The rows of a layer's memory on the way back: what came in, what it became, and the gradients.
struct MemoryRows {
    /// Projected states, `[rows, width]`.
    let inputs: Matrix
    /// Rotated keys.
    let keys: Matrix
    /// The keys before the norms of their heads; nil where heads have none.
    let keysBeforeNorm: Matrix?
    let values: Matrix
    /// Each span's rows.
    let spans: [Range<Int>]
    /// Where each row stands.
    let positions: [Int]
    /// Gains the gradient of `inputs`.
    let inputGradients: Matrix
}

extension TransformerBlock {
    /// The way back through ``forward(_:layer:plan:rotary:scratch:pool:)``, from what it left in `scratch`.
    ///
    ///     dx ◄──(+)── norm ◄─ dq, dk, dv ◄─ attention ◄─ output ──(+)── norm ◄─ gate, up ◄─ silu(gate)·up ◄─ down ── dx
    ///                              └─► memory rows' dk, dv ─► projected states
    ///
    /// - Parameters:
    ///   - gradient: that of what left the block; becomes that of what entered it.
    ///   - memory: the layer's memory rows, whose keys and values come from the same weights.
    func backward(
        _ gradient: Matrix, plan: AttentionPlan, rotary: RotaryTable, scratch: BlockScratch, memory: MemoryRows?,
        gradients: BlockGradients, working: GradientScratch, pool: ComputePool
    ) {
        guard let kept = scratch.kept else {
            preconditionFailure("The scratch of this pass keeps nothing for the way back.")
        }
        working.resize(rows: gradient.rows)
        let epsilon = configuration.normEpsilon

        working.pack(gradients.down == nil ? nil : scratch.gated.values, pool)
        down.gradient(
            of: gradient, input: working.input, inputGradient: working.gated, weightGradient: gradients.down, pool: pool
        )
        Kernels.gateGradient(
            gate: kept.gate, up: scratch.up, gradient: working.gated, upGradient: working.up, pool: pool)
        working.pack(scratch.normed.values, pool)
        gate.gradient(
            of: working.gated, input: working.input, inputGradient: working.normed, weightGradient: gradients.gate,
            pool: pool)
        up.gradient(
            of: working.up, input: working.input, inputGradient: working.normed, adds: true,
            weightGradient: gradients.up, pool: pool)
        Kernels.rmsNormGradient(
            kept.middle.allRows, weight: feedForwardNorm, epsilon: epsilon, gradient: working.normed,
            inputGradient: gradient, weightGradient: gradients.feedForwardNorm, pool: pool)

        working.pack(gradients.attentionOutput == nil ? nil : scratch.attended.values, pool)
        attentionOutput.gradient(
            of: gradient, input: working.input, inputGradient: working.attended,
            weightGradient: gradients.attentionOutput, pool: pool)
        backwardAttention(plan, rotary: rotary, scratch: scratch, memory: memory, working: working, pool: pool)
        backwardHeads(kept, memory: memory, gradients: gradients, working: working, pool: pool)

        Kernels.rmsNorm(
            kept.input, weight: attentionNorm, epsilon: epsilon, into: working.recomputed, pool: pool)
        working.pack(working.recomputed, pool)
        query.gradient(
            of: working.queries, input: working.input, inputGradient: working.normed, weightGradient: gradients.query,
            pool: pool)
        key.gradient(
            of: working.keys, input: working.input, inputGradient: working.normed, adds: true,
            weightGradient: gradients.key, pool: pool)
        value.gradient(
            of: working.values, input: working.input, inputGradient: working.normed, adds: true,
            weightGradient: gradients.value, pool: pool)
        Kernels.rmsNormGradient(
            kept.input.allRows, weight: attentionNorm, epsilon: epsilon, gradient: working.normed,
            inputGradient: gradient, weightGradient: gradients.attentionNorm, pool: pool)

        guard let memory else { return }
        working.pack(memory.inputs, pool)
        key.gradient(
            of: working.memoryKeys, input: working.input, inputGradient: memory.inputGradients, adds: true,
            weightGradient: gradients.key, pool: pool)
        value.gradient(
            of: working.memoryValues, input: working.input, inputGradient: memory.inputGradients, adds: true,
            weightGradient: gradients.value, pool: pool)
    }

    /// Norms of heads, and biases: the gradients of queries, keys and values become those of the products behind them.
    ///
    /// Memory's keys and values have the block's own norms and biases, which gain from both.
    private func backwardHeads(
        _ kept: BlockScratch.Kept, memory: MemoryRows?, gradients: BlockGradients, working: GradientScratch,
        pool: ComputePool
    ) {
        if let headNorms, let heads = kept.heads {
            func backward(_ heads: Matrix, _ weight: Matrix, _ gradient: Matrix, _ weightGradient: Matrix?) {
                Kernels.headNormGradient(
                    heads, weight: weight, epsilon: configuration.normEpsilon, gradient: gradient,
                    weightGradient: weightGradient, pool: pool)
            }
            backward(heads.queries, headNorms.query, working.queries, gradients.queryNorm)
            backward(heads.keys, headNorms.key, working.keys, gradients.keyNorm)
            if let keys = memory?.keysBeforeNorm {
                backward(keys, headNorms.key, working.memoryKeys, gradients.keyNorm)
            }
        }
        guard biases != nil else { return }
        for (gradient, biasGradient) in [
            (working.queries, gradients.queryBias), (working.keys, gradients.keyBias),
            (working.values, gradients.valueBias), (working.memoryKeys, gradients.keyBias),
            (working.memoryValues, gradients.valueBias),
        ] {
            if let biasGradient { Kernels.biasGradient(of: gradient, into: biasGradient, pool: pool) }
        }
    }

    /// Attention and rotation: fills the gradients of queries, keys and values before rotation, memory's included.
    private func backwardAttention(
        _ plan: AttentionPlan, rotary: RotaryTable, scratch: BlockScratch, memory: MemoryRows?,
        working: GradientScratch, pool: ComputePool
    ) {
        let memoryRows = memory?.keys.rows ?? 0
        working.memoryKeys.resize(rows: memoryRows)
        working.memoryValues.resize(rows: memoryRows)
        for matrix in [
            working.queries, working.keys, working.values, working.memoryKeys, working.memoryValues,
        ] { matrix.fill(with: 0) }
        let own = plan.spans.map {
            AttentionSource(
                rows: $0.firstRow..<$0.firstRow + $0.rowCount, start: $0.start, keys: scratch.keys,
                values: scratch.values, keyGradients: working.keys, valueGradients: working.values)
        }
        let other = plan.spans.indices.map { index in
            memory.map {
                AttentionSource(
                    rows: $0.spans[index], keys: $0.keys, values: $0.values, keyGradients: working.memoryKeys,
                    valueGradients: working.memoryValues)
            }
        }
        guard let states = scratch.kept?.attentionStates else { return }
        Kernels.attendGradient(
            plan, queries: scratch.queries, output: scratch.attended.values, states: states,
            outputGradient: working.attended, own: own, memory: other, queryGradients: working.queries, pool: pool)
        let width = configuration.headWidth
        let positions = plan.spans.flatMap { span in (0..<span.rowCount).map { span.start + $0 } }
        Kernels.rotateGradient(
            working.queries, headWidth: width, positions: positions, rotary: rotary,
            scale: 1 / Float(width).squareRoot(), pool: pool)
        Kernels.rotateGradient(working.keys, headWidth: width, positions: positions, rotary: rotary, pool: pool)
        if let memory {
            Kernels.rotateGradient(
                working.memoryKeys, headWidth: width, positions: memory.positions, rotary: rotary, pool: pool)
        }
    }
}

/// Buffers of the way back, for one layer after the other.
final class GradientScratch {
    let normed: Matrix
    let recomputed: Matrix
    let queries: Matrix
    let keys: Matrix
    let values: Matrix
    let memoryKeys: Matrix
    let memoryValues: Matrix
    let attended: Matrix
    let gated: Matrix
    let up: Matrix
    let input = PackedOperand(depth: 0, columns: 0)

    init(_ configuration: TransformerConfiguration) {
        let queryWidth = configuration.headCount * configuration.headWidth
        let keyValueWidth = configuration.keyValueHeadCount * configuration.headWidth
        normed = Matrix(rows: 0, columns: configuration.width)
        recomputed = Matrix(rows: 0, columns: configuration.width)
        queries = Matrix(rows: 0, columns: queryWidth)
        keys = Matrix(rows: 0, columns: keyValueWidth)
        values = Matrix(rows: 0, columns: keyValueWidth)
        memoryKeys = Matrix(rows: 0, columns: keyValueWidth)
        memoryValues = Matrix(rows: 0, columns: keyValueWidth)
        attended = Matrix(rows: 0, columns: queryWidth)
        gated = Matrix(rows: 0, columns: configuration.feedForwardWidth)
        up = Matrix(rows: 0, columns: configuration.feedForwardWidth)
    }

    func resize(rows: Int) {
        for matrix in [normed, recomputed, queries, keys, values, attended, gated, up] { matrix.resize(rows: rows) }
    }

    /// Makes `rows` the right operand of the next products with gradients of weights.
    func pack(_ rows: Matrix?, _ pool: ComputePool) {
        if let rows { Kernels.pack(rows.allRows, transposed: false, into: input, on: pool) }
    }
}
