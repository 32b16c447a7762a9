public import TandemMath

/// Positions that the large model has read: rows of its hidden states, to follow a cache's memory.
public struct MemorySpan {
    /// The conversation's cache.
    public var cache: TandemCache
    /// Rows of the hidden states.
    public var rows: Range<Int>

    /// Rows to follow the memory of `cache`.
    public init(cache: TandemCache, rows: Range<Int>) {
        self.cache = cache
        self.rows = rows
    }
}

extension SmallModel {
    /// Makes memory rows of hidden states and appends them to the caches: for every layer a key and a value, from the
    /// projection of the normalised states through the layer's own weights (biases and head norms included), rotated to
    /// where the position stands.
    ///
    /// For training, `spans` must be those of the pass that follows, in its order.
    ///
    /// - Parameters:
    ///   - spans: whose memory grows, and by which rows.
    ///   - hiddenStates: as ``LargeModel/forward(_:capturing:scratch:pool:)`` captured them:
    ///     ``TandemConfiguration/capturedStates``.
    ///   - scratch: what training goes back through.
    ///   - pool: threads for it.
    /// - Throws: ``ModelError`` before anything is changed.
    public func absorb(_ spans: [MemorySpan], hiddenStates: [Int: Matrix], scratch: SmallScratch, pool: ComputePool)
        throws
    {
        guard configuration.memory != .none else { return }
        for state in configuration.capturedStates where hiddenStates[state] == nil {
            throw ModelError.unknownLayer(state, layerCount: configuration.largeLayerCount)
        }
        for span in spans where span.rows.count > span.cache.memory.available {
            throw ModelError.contextFull(
                positions: span.cache.absorbedCount + span.rows.count, capacity: span.cache.capacity)
        }
        scratch.memorySpans = []
        scratch.memoryPositions = []
        for span in spans {
            let first = scratch.memoryPositions.count
            scratch.memorySpans.append(first..<first + span.rows.count)
            scratch.memoryPositions += (0..<span.rows.count).map { span.cache.absorbedCount + $0 }
            scratch.rotary.prepare(positions: span.cache.absorbedCount + span.rows.count)
        }
        normalize(spans, hiddenStates, scratch: scratch, pool: pool)
        let pages = spans.map { $0.cache.memory.reserve(rows: $0.rows.count) }
        for layer in blocks.indices {
            let (keys, values) = (scratch.memoryKeys(layer), scratch.memoryValues(layer))
            keys.resize(rows: scratch.memoryPositions.count)
            values.resize(rows: scratch.memoryPositions.count)
            multiplyMemory(layer, keys: keys, values: values, scratch: scratch, pool: pool)
            blocks[layer].prepareMemory(
                keys: keys, values: values, before: scratch.memoryKeysBeforeNorm(layer), pool: pool)
            Kernels.rotate(
                keys, headWidth: cacheLayout.headWidth, positions: scratch.memoryPositions, rotary: scratch.rotary,
                pool: pool)
            for (index, span) in spans.enumerated() {
                let rows = scratch.memorySpans[index]
                Kernels.append(
                    keys: keys[rows: rows], values: values[rows: rows], to: pages[index], layout: cacheLayout,
                    layer: layer, start: span.cache.absorbedCount, pool: pool)
            }
        }
        for span in spans {
            keepLastStates(of: span, hiddenStates, pool: pool)
            span.cache.appendMemory(rows: span.rows.count)
        }
    }

    /// For each projection its states side by side, normalised, and in training what it makes of them.
    private func normalize(
        _ spans: [MemorySpan], _ hiddenStates: [Int: Matrix], scratch: SmallScratch, pool: ComputePool
    ) {
        for (index, states) in configuration.projections.enumerated() {
            let context = scratch.contexts[index]
            context.resize(rows: scratch.memoryPositions.count)
            for (place, state) in states.enumerated() {
                guard let matrix = hiddenStates[state] else { continue }
                // A packed model has the norm's weights in its folded matrices.
                let weight = folded.isEmpty ? projections[index].norms[place] : ones
                for (span, rows) in zip(spans, scratch.memorySpans) {
                    Kernels.rmsNorm(
                        matrix[rows: span.rows], weight: weight, epsilon: configuration.small.normEpsilon,
                        into: context.values, at: rows.lowerBound, column: place * configuration.largeWidth, pool: pool)
                }
            }
            if folded.isEmpty {
                scratch.projected[index].resize(rows: scratch.memoryPositions.count)
                projections[index].matrix.multiply(context, into: scratch.projected[index].values, pool: pool)
            } else if folded.contains(where: { $0.key.isQuantized || $0.value.isQuantized }) {
                context.quantize(pool: pool)
            }
        }
    }

    /// Keys before rotation and values of one layer's memory rows, before any biases and norms.
    private func multiplyMemory(_ layer: Int, keys: Matrix, values: Matrix, scratch: SmallScratch, pool: ComputePool) {
        let projection = configuration.projection(of: layer)
        if folded.isEmpty {
            let block = blocks[layer]
            Linear.multiply(scratch.projected[projection], [(block.key, keys), (block.value, values)], pool: pool)
        } else {
            Linear.multiply(
                scratch.contexts[projection], [(folded[layer].key, keys), (folded[layer].value, values)], pool: pool)
        }
    }

    private func keepLastStates(of span: MemorySpan, _ hiddenStates: [Int: Matrix], pool: ComputePool) {
        guard configuration.addsLastState, let states = hiddenStates[configuration.largeLayerCount] else { return }
        let first = span.rows.lowerBound
        span.cache.lastStates.append(rows: span.rows.count) { page, row, part in
            Kernels.rmsNorm(
                states[rows: first + part.lowerBound..<first + part.upperBound], weight: ones,
                epsilon: configuration.small.normEpsilon, into: page, at: row, column: 0, pool: pool)
        }
    }
}
