internal import CTandemKernels

/// Memory for the partial results of one region of attention.
public final class AttentionScratch: @unchecked Sendable {
    // Unchecked for the same reason as ``Matrix``.
    private var storage = AlignedStorage(byteCount: 0)
    /// No partial results yet.
    public init() {}

    func base(floats count: Int) -> UnsafeMutablePointer<Float> {
        if count * 4 > storage.byteCount { storage = AlignedStorage(byteCount: count * 4) }
        return storage.base.assumingMemoryBound(to: Float.self)
    }
}

extension Kernels {
    /// Attention of all rows of a plan in one layer: `output[row]` gets the heads side by side.
    ///
    /// `queries` holds them after rotation, already multiplied by one over the root of the head's width. A query's result
    /// depends on its own range of positions alone. `states` is for the way back: it gets each head's greatest score and
    /// one over the sum of its exponentials, side by side.
    public static func attend(
        _ plan: AttentionPlan, layer: Int, queries: Matrix, into output: Matrix, states rowStates: Matrix? = nil,
        scratch: AttentionScratch, pool: ComputePool
    ) {
        let width = plan.layout.headWidth
        let group = plan.headCount / plan.layout.headCount
        precondition(
            queries.columns == plan.headCount * width && output.columns == queries.columns
                && rowStates.map { $0.columns == 2 * plan.headCount } ?? true, "Heads do not fit.")
        // One slot: for every query of a unit its weighted sum, then all states.
        let slotFloats = AttentionPlan.rowsPerUnit * group * (width + 2)
        let slots = scratch.base(floats: plan.slotCount * slotFloats)
        pool.run(chunkCount: plan.units.count) { index in
            let unit = plan.units[index]
            if unit.slot >= 0 {
                let sums = slots + unit.slot * slotFloats
                let states = sums + AttentionPlan.rowsPerUnit * group * width
                attend(unit, of: plan, layer: layer, queries: queries, sums: sums, states: states)
            } else {
                withUnsafeTemporaryAllocation(of: Float.self, capacity: slotFloats) { buffer in
                    guard let sums = buffer.baseAddress else { return }
                    let states = sums + AttentionPlan.rowsPerUnit * group * width
                    attend(unit, of: plan, layer: layer, queries: queries, sums: sums, states: states)
                    finish(unit, of: plan, sums: sums, states: states, into: output, storing: rowStates)
                }
            }
        }
        guard !plan.folds.isEmpty else { return }
        let fold = { (index: Int) in
            let run = plan.folds[index]
            let first = plan.units[run.lowerBound]
            let sums = slots + first.slot * slotFloats
            let states = sums + AttentionPlan.rowsPerUnit * group * width
            for other in run.dropFirst() {
                let partial = slots + plan.units[other].slot * slotFloats
                let partialStates = partial + AttentionPlan.rowsPerUnit * group * width
                for query in 0..<first.rows.count * group {
                    tk_attention_fold(
                        partial + query * width, partialStates + 2 * query, width, sums + query * width,
                        states + 2 * query)
                }
            }
            finish(first, of: plan, sums: sums, states: states, into: output, storing: rowStates)
        }
        if plan.folds.count <= 4 {
            (0..<plan.folds.count).forEach(fold)
        } else {
            pool.run(chunkCount: plan.folds.count, fold)
        }
    }

    /// Folds the pages of a unit into `sums` (one row of the head's width for each query) and `states`.
    private static func attend(
        _ unit: AttentionPlan.Unit, of plan: AttentionPlan, layer: Int, queries: Matrix,
        sums: UnsafeMutablePointer<Float>, states: UnsafeMutablePointer<Float>
    ) {
        let width = plan.layout.headWidth
        let group = plan.headCount / plan.layout.headCount
        let span = plan.spans[unit.span]
        let capacity = unit.rows.count * group
        for query in 0..<capacity {
            states[2 * query] = -.infinity
            states[2 * query + 1] = 0
        }
        withUnsafeTemporaryAllocation(of: tk_attention_query.self, capacity: capacity) { batch in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: capacity * width) { partial in
                guard let batch = batch.baseAddress, let partial = partial.baseAddress else { return }
                for index in unit.sources {
                    let source = plan.sourceTables[unit.sourceTable][index]
                    var count = 0
                    for (offset, row) in unit.rows.enumerated() {
                        let range = span.range(row: row, position: source.position, isMemory: source.isMemory)
                        guard !range.isEmpty else { continue }
                        let heads = queries.pointer(row: span.firstRow + row) + unit.head * group * width
                        for head in 0..<group {
                            let place = offset * group + head
                            batch[count] = tk_attention_query(
                                query: heads + head * width, first: UInt32(range.lowerBound),
                                end: UInt32(range.upperBound), out: partial + place * width, greatest: 0, sum: 0)
                            count += 1
                        }
                    }
                    guard count > 0 else { continue }
                    var page = source.page.descriptor(layer: layer, head: unit.head)
                    tk_attention_page(&page, batch, count)
                    for query in 0..<count {
                        let place = (batch[query].out - partial) / width
                        withUnsafePointer(to: &batch[query].greatest) { state in
                            tk_attention_fold(
                                batch[query].out, state, width, sums + place * width, states + 2 * place)
                        }
                    }
                }
            }
        }
    }

    private static func finish(
        _ unit: AttentionPlan.Unit, of plan: AttentionPlan, sums: UnsafeMutablePointer<Float>,
        states: UnsafeMutablePointer<Float>, into output: Matrix, storing rowStates: Matrix?
    ) {
        let width = plan.layout.headWidth
        let group = plan.headCount / plan.layout.headCount
        let span = plan.spans[unit.span]
        for (offset, row) in unit.rows.enumerated() {
            let heads = output.pointer(row: span.firstRow + row) + unit.head * group * width
            for head in 0..<group {
                let place = offset * group + head
                tk_attention_finish(sums + place * width, states + 2 * place, width, heads + head * width)
                if let rowStates {
                    let state = rowStates.pointer(row: span.firstRow + row) + 2 * (unit.head * group + head)
                    state[0] = states[2 * place]
                    state[1] = 1 / states[2 * place + 1]
                }
            }
        }
    }
}
