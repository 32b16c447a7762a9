public import TandemMath

extension SmallModel {
    /// Reads all spans in one pass and appends their rows to their caches.
    ///
    /// - Parameters:
    ///   - spans: what to read, no two for the same cache.
    ///   - logits: which rows of each span get logits.
    ///   - scratch: holds the result until the next pass.
    ///   - pool: threads for it.
    /// - Throws: ``ModelError`` before anything is changed.
    public func forward(_ spans: [SmallSpan], logits: LogitRows = .last, scratch: SmallScratch, pool: ComputePool)
        throws -> SmallOutput
    {
        try check(spans)
        var attentionSpans: [AttentionSpan] = []
        var blockStarts: [Int] = []
        var rowCount = 0
        for span in spans {
            let start = span.cache.position
            let pages = span.cache.own.reserve(rows: span.tokens.count)
            scratch.rotary.prepare(positions: start + span.tokens.count)
            let starts = (0..<span.tokens.count).map { blockStart(of: start + $0, in: span) }
            attentionSpans.append(
                AttentionSpan(
                    firstRow: rowCount, rowCount: span.tokens.count, start: start, pages: pages,
                    memory: span.cache.memory.pages, blockStarts: configuration.memory == .none ? nil : starts))
            blockStarts += starts
            rowCount += span.tokens.count
        }
        let plan = AttentionPlan(spans: attentionSpans, layout: cacheLayout, headCount: configuration.small.headCount)
        scratch.begin(plan: plan, tokens: spans.flatMap(\.tokens))
        embed(spans, blockStarts: blockStarts, scratch: scratch, pool: pool)
        let states = scratch.states
        for (layer, block) in blocks.enumerated() {
            block.forward(
                states, layer: layer, plan: plan, rotary: scratch.rotary, scratch: scratch.block(layer), pool: pool)
        }
        for span in spans { span.cache.own.append(rows: span.tokens.count) }
        scratch.hidden.values.resize(rows: rowCount)
        Kernels.rmsNorm(
            states, weight: outputNorm, epsilon: configuration.small.normEpsilon, into: scratch.hidden.values,
            pool: pool)
        let logitRows = project(spans, logits, scratch: scratch, pool: pool)
        return SmallOutput(hidden: scratch.hidden.values, logits: scratch.output, logitRows: logitRows)
    }

    private func blockStart(of position: Int, in span: SmallSpan) -> Int {
        guard configuration.memory != .none else { return 0 }
        return span.blocks?.start(of: position) ?? span.cache.absorbedCount
    }

    /// Tokens' rows, and the last state before each row's block.
    private func embed(_ spans: [SmallSpan], blockStarts: [Int], scratch: SmallScratch, pool: ComputePool) {
        let states = scratch.states
        let rowCount = scratch.tokens.count
        states.resize(rows: rowCount)
        switch input {
        case .own(let table):
            for (row, token) in scratch.tokens.enumerated() { states.copyRows(1, from: table, at: token, to: row) }
        case .large(let table, nil):
            for (row, token) in scratch.tokens.enumerated() { table.unpack(row: token, into: states, at: row) }
        case .large(let table, let projection?):
            let embedded = scratch.embedded
            embedded.resize(rows: rowCount)
            for (row, token) in scratch.tokens.enumerated() { table.unpack(row: token, into: embedded.values, at: row) }
            Kernels.rmsNorm(
                embedded.values, weight: ones, epsilon: configuration.small.normEpsilon, into: embedded.values,
                pool: pool)
            if projection.isQuantized { embedded.quantize(pool: pool) }
            projection.multiply(embedded, into: states, pool: pool)
        }
        if let lastState { add(lastState, spans, blockStarts, scratch: scratch, pool: pool) }
    }

    /// Adds to every row the large model's final state before its block, projected.
    private func add(
        _ lastState: Linear, _ spans: [SmallSpan], _ blockStarts: [Int], scratch: SmallScratch, pool: ComputePool
    ) {
        let before = scratch.before
        if case .packed = lastState, spans.allSatisfy({ $0.blocks == nil }) {
            // A block's tokens all get the same: it is computed once. The sums are those of the other way.
            let stale = spans.filter { $0.cache.absorbedCount > 0 && !$0.cache.hasLastSum }
            before.resize(rows: stale.count)
            for (row, span) in stale.enumerated() {
                span.cache.lastStates.copyRow(span.cache.absorbedCount - 1, to: before.values, at: row)
            }
            let sums = scratch.lastSums
            sums.resize(rows: stale.count)
            if lastState.isQuantized { before.quantize(pool: pool) }
            lastState.multiply(before, into: sums, pool: pool)
            for (row, span) in stale.enumerated() { span.cache.keepLastSum(row, of: sums) }
            var row = 0
            for span in spans {
                for _ in span.tokens {
                    if span.cache.hasLastSum { Kernels.addRow(0, of: span.cache.lastSum, to: scratch.states, at: row) }
                    row += 1
                }
            }
            return
        }
        before.resize(rows: blockStarts.count)
        before.values.fill(with: 0)
        var row = 0
        for span in spans {
            for _ in span.tokens {
                if blockStarts[row] > 0 {
                    span.cache.lastStates.copyRow(blockStarts[row] - 1, to: before.values, at: row)
                }
                row += 1
            }
        }
        if lastState.isQuantized { before.quantize(pool: pool) }
        lastState.multiply(before, into: scratch.states, adds: true, pool: pool)
    }

    private func check(_ spans: [SmallSpan]) throws {
        let vocabularyCount = configuration.small.vocabularyCount
        for span in spans {
            precondition(span.cache.own.layout == cacheLayout, "The cache was made for a model of another shape.")
            let end = span.cache.position + span.tokens.count
            guard end <= span.cache.capacity else {
                throw ModelError.contextFull(positions: end, capacity: span.cache.capacity)
            }
            for token in span.tokens where token < 0 || token >= vocabularyCount {
                throw ModelError.unknownToken(token, vocabularyCount: vocabularyCount)
            }
            if configuration.memory != .none, !span.tokens.isEmpty {
                precondition(
                    blockStart(of: end - 1, in: span) <= span.cache.absorbedCount
                        && blockStart(of: span.cache.position, in: span) <= span.cache.position,
                    "Memory reaches up to the last block, and blocks begin at or before their rows.")
            }
        }
        precondition(
            Set(spans.map { ObjectIdentifier($0.cache) }).count == spans.count, "Two spans write into the same cache.")
    }
}
