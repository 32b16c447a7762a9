internal import CTandemKernels

/// Keys and values of some positions as floats, and where their gradients go: rows `rows` of the matrices.
public struct AttentionSource {
    /// Which rows of the matrices.
    public var rows: Range<Int>
    /// Where the first of them stands.
    public var start: Int
    /// Rotated keys.
    public var keys: Matrix
    /// Values.
    public var values: Matrix
    /// Get the gradients added.
    public var keyGradients: Matrix
    /// Get the gradients added.
    public var valueGradients: Matrix

    /// Rows of four matrices, at positions from `start` on.
    public init(
        rows: Range<Int>, start: Int = 0, keys: Matrix, values: Matrix, keyGradients: Matrix, valueGradients: Matrix
    ) {
        self.rows = rows
        self.start = start
        self.keys = keys
        self.values = values
        self.keyGradients = keyGradients
        self.valueGradients = valueGradients
    }
}

extension Kernels {
    private static let tile = 16

    /// The way back through ``attend(_:layer:queries:into:states:scratch:pool:)``.
    ///
    /// Attention's weights are not kept: they are computed anew, sixteen positions at a time, from the queries, the keys
    /// rounded as in the cache, and the states of each row. One span and key/value head is a unit of work that no other
    /// shares gradients with, so sums have one order.
    ///
    /// - Parameters:
    ///   - plan: as on the way there; no span sees own rows before its first.
    ///   - queries: rotated and scaled, as `attend` got them.
    ///   - output: what `attend` wrote.
    ///   - states: what `attend` stored.
    ///   - outputGradient: that of the output.
    ///   - own: for each span its own rows.
    ///   - memory: for each span its memory rows; nil where there is none.
    ///   - queryGradients: get the gradients added.
    ///   - pool: threads for it.
    public static func attendGradient(
        _ plan: AttentionPlan, queries: Matrix, output: Matrix, states: Matrix, outputGradient: Matrix,
        own: [AttentionSource], memory: [AttentionSource?], queryGradients: Matrix, pool: ComputePool
    ) {
        precondition(
            own.count == plan.spans.count && memory.count == own.count, "Every span has its sources.")
        precondition(
            queries.columns == plan.headCount * plan.layout.headWidth && output.columns == queries.columns
                && outputGradient.columns == queries.columns && queryGradients.columns == queries.columns
                && states.columns == 2 * plan.headCount, "Heads do not fit.")
        let headCount = plan.layout.headCount
        let unitCount = plan.spans.count * headCount
        pool.run(chunkCount: unitCount) { unit in
            let index = unit / headCount
            let span = plan.spans[index]
            precondition(
                own[index].start == span.start && (span.blockStarts?.first ?? 0) >= span.start,
                "The way back has no own rows before the span's first.")
            let pass = AttentionGradientPass(
                plan: plan, span: span, head: unit % headCount, queries: queries, output: output, states: states,
                outputGradient: outputGradient, queryGradients: queryGradients)
            pass.run(own[index], memory: memory[index])
        }
    }

    /// All rows of one span, one key/value head.
    private struct AttentionGradientPass {
        let plan: AttentionPlan
        let span: AttentionSpan
        let head: Int
        let queries: Matrix
        let output: Matrix
        let states: Matrix
        let outputGradient: Matrix
        let queryGradients: Matrix

        func run(_ own: AttentionSource, memory: AttentionSource?) {
            let width = plan.layout.headWidth
            let group = plan.headCount / plan.layout.headCount
            let capacity = span.rowCount * group
            withUnsafeTemporaryAllocation(of: Float.self, capacity: capacity + 80 * width) { buffer in
                withUnsafeTemporaryAllocation(of: tk_attention_gradient.self, capacity: capacity) { batch in
                    guard let deltas = buffer.baseAddress, let batch = batch.baseAddress else { return }
                    for row in 0..<span.rowCount {
                        for member in 0..<group {
                            let offset = (head * group + member) * width
                            deltas[row * group + member] = tk_dot(
                                output.pointer(row: span.firstRow + row) + offset,
                                outputGradient.pointer(row: span.firstRow + row) + offset, width)
                        }
                    }
                    if let memory {
                        let reach = span.blockStarts?.max() ?? 0
                        precondition(reach <= memory.rows.count, "Memory does not reach up to the last block.")
                        precondition(memory.start == 0, "Memory begins at position 0.")
                        go(memory, end: reach, deltas: deltas, batch: batch, scratch: deltas + capacity) { row in
                            0..<(span.blockStarts?[row] ?? 0)
                        }
                    }
                    precondition(own.rows.count >= span.rowCount, "The span's own rows are not all there.")
                    go(own, end: span.rowCount, deltas: deltas, batch: batch, scratch: deltas + capacity) { row in
                        (span.blockStarts?[row] ?? 0) - span.start..<row + 1
                    }
                }
            }
        }

        /// One source; positions are counted from its first.
        private func go(
            _ source: AttentionSource, end: Int, deltas: UnsafeMutablePointer<Float>,
            batch: UnsafeMutablePointer<tk_attention_gradient>, scratch: UnsafeMutablePointer<Float>,
            seen: (Int) -> Range<Int>
        ) {
            let width = plan.layout.headWidth
            let group = plan.headCount / plan.layout.headCount
            let column = head * width
            for first in stride(from: 0, to: end, by: tile) {
                let places = first..<min(first + tile, end)
                var count = 0
                for row in 0..<span.rowCount {
                    let range = seen(row).clamped(to: places)
                    guard !range.isEmpty else { continue }
                    let matrixRow = span.firstRow + row
                    let state = states.pointer(row: matrixRow) + 2 * head * group
                    for member in 0..<group {
                        let offset = (head * group + member) * width
                        batch[count] = tk_attention_gradient(
                            query: queries.pointer(row: matrixRow) + offset,
                            output_gradient: outputGradient.pointer(row: matrixRow) + offset,
                            query_gradient: queryGradients.pointer(row: matrixRow) + offset,
                            greatest: state[2 * member], inverse_sum: state[2 * member + 1],
                            delta: deltas[row * group + member], first: UInt32(range.lowerBound - first),
                            end: UInt32(range.upperBound - first))
                        count += 1
                    }
                }
                guard count > 0 else { continue }
                let row = source.rows.lowerBound + first
                tk_attention_gradient_tile(
                    source.keys.pointer(row: row) + column, source.values.pointer(row: row) + column,
                    source.keys.columns, places.count, width, batch, count,
                    source.keyGradients.pointer(row: row) + column, source.valueGradients.pointer(row: row) + column,
                    scratch)
            }
        }
    }
}
