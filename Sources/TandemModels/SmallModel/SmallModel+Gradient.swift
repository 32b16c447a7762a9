public import TandemMath

extension SmallModel {
    /// The way back through the last ``absorb(_:hiddenStates:scratch:pool:)`` and the last pass, from what they left in
    /// `scratch`. It ends at the large model's hidden states, which are frozen, and at its embedding.
    ///
    /// The head stands apart: whoever has the logits knows their loss, and gives the gradient of what went into it.
    ///
    /// - Parameters:
    ///   - hiddenGradient: that of ``SmallOutput/hidden``, all rows.
    ///   - spans: those that were absorbed before the pass.
    ///   - hiddenStates: the same as were absorbed, and the spans' rows of them.
    ///   - gradients: gain the gradients of the weights; what is not there is frozen.
    ///   - scratch: that of the pass.
    ///   - pool: threads for it.
    public func backward(
        _ hiddenGradient: Matrix, absorbed spans: [MemorySpan] = [], hiddenStates: [Int: Matrix] = [:],
        gradients: [SmallParameter: Matrix], scratch: SmallScratch, pool: ComputePool
    ) {
        guard scratch.isForTraining, let plan = scratch.plan else {
            preconditionFailure("The way back needs scratch for training and a pass before it.")
        }
        precondition(
            hiddenGradient.rows == scratch.tokens.count && hiddenGradient.columns == configuration.small.width,
            "The gradient belongs to another pass.")
        precondition(
            configuration.memory == .none || scratch.memorySpans.count == plan.spans.count,
            "Memory was made for other spans than those of the pass.")
        let gradient = scratch.gradient
        gradient.resize(rows: hiddenGradient.rows)
        gradient.fill(with: 0)
        Kernels.rmsNormGradient(
            scratch.states.allRows, weight: outputNorm, epsilon: configuration.small.normEpsilon,
            gradient: hiddenGradient, inputGradient: gradient, weightGradient: gradients[.outputNorm], pool: pool)
        for projected in scratch.projectedGradients {
            projected.resize(rows: scratch.memoryPositions.count)
            projected.fill(with: 0)
        }
        for (layer, block) in blocks.enumerated().reversed() {
            block.backward(
                gradient, plan: plan, rotary: scratch.rotary, scratch: scratch.block(layer),
                memory: memoryRows(layer, scratch), gradients: BlockGradients(layer, in: gradients),
                working: scratch.working, pool: pool)
        }
        backwardInput(gradient, gradients: gradients, scratch: scratch, pool: pool)
        backwardMemory(spans, hiddenStates, gradients: gradients, scratch: scratch, pool: pool)
    }

    private func memoryRows(_ layer: Int, _ scratch: SmallScratch) -> MemoryRows? {
        guard configuration.memory != .none else { return nil }
        let projection = configuration.projection(of: layer)
        return MemoryRows(
            inputs: scratch.projected[projection].values, keys: scratch.memoryKeys(layer),
            keysBeforeNorm: scratch.memoryKeysBeforeNorm(layer), values: scratch.memoryValues(layer),
            spans: scratch.memorySpans, positions: scratch.memoryPositions,
            inputGradients: scratch.projectedGradients[projection])
    }

    private func backwardInput(
        _ gradient: Matrix, gradients: [SmallParameter: Matrix], scratch: SmallScratch, pool: ComputePool
    ) {
        switch input {
        case .own:
            if let table = gradients[.embedding] {
                for (row, token) in scratch.tokens.enumerated() {
                    Kernels.addRow(row, of: gradient, to: table, at: token)
                }
            }
        case .large(_, let projection?):
            scratch.working.pack(scratch.embedded.values, pool)
            projection.gradient(
                of: gradient, input: scratch.working.input, inputGradient: nil,
                weightGradient: gradients[.inputProjection], pool: pool)
        case .large(_, nil): break
        }
        guard let lastState else { return }
        scratch.working.pack(scratch.before.values, pool)
        lastState.gradient(
            of: gradient, input: scratch.working.input, inputGradient: nil, weightGradient: gradients[.lastState],
            pool: pool)
    }

    private func backwardMemory(
        _ spans: [MemorySpan], _ hiddenStates: [Int: Matrix], gradients: [SmallParameter: Matrix],
        scratch: SmallScratch, pool: ComputePool
    ) {
        for (index, projection) in projections.enumerated() {
            let context = scratch.contextGradients[index]
            context.resize(rows: scratch.memoryPositions.count)
            scratch.working.pack(scratch.contexts[index].values, pool)
            projection.matrix.gradient(
                of: scratch.projectedGradients[index], input: scratch.working.input, inputGradient: context,
                weightGradient: gradients[.memoryProjection(index)], pool: pool)
            for (place, state) in projection.states.enumerated() {
                guard let states = hiddenStates[state],
                    let weightGradient = gradients[.memoryNorm(projection: index, state: place)]
                else { continue }
                for (span, rows) in zip(spans, scratch.memorySpans) {
                    Kernels.rmsNormGradient(
                        states[rows: span.rows], weight: projection.norms[place],
                        epsilon: configuration.small.normEpsilon, gradient: context, at: rows.lowerBound,
                        column: place * configuration.largeWidth, inputGradient: nil, weightGradient: weightGradient,
                        pool: pool)
                }
            }
        }
    }
}

extension BlockGradients {
    init(_ layer: Int, in gradients: [SmallParameter: Matrix]) {
        func matrix(_ parameter: LayerParameter) -> Matrix? { gradients[.layer(layer, parameter)] }
        attentionNorm = matrix(.attentionNorm)
        query = matrix(.query)
        queryBias = matrix(.queryBias)
        key = matrix(.key)
        keyBias = matrix(.keyBias)
        value = matrix(.value)
        valueBias = matrix(.valueBias)
        queryNorm = matrix(.queryNorm)
        keyNorm = matrix(.keyNorm)
        attentionOutput = matrix(.attentionOutput)
        feedForwardNorm = matrix(.feedForwardNorm)
        gate = matrix(.gate)
        up = matrix(.up)
        down = matrix(.down)
    }
}
