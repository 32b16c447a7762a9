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
        precondition(
            queries.columns == plan.headCount * plan.layout.headWidth && output.columns == queries.columns
                && rowStates.map { $0.columns == 2 * plan.headCount } ?? true, "Heads do not fit.")
        let rows = plan.blockStarts.count
        precondition(
            queries.rows >= rows && output.rows >= rows && rowStates.map { $0.rows >= rows } ?? true,
            "The plan is for more rows.")
        // The plan keeps the pages; the pass knows their addresses alone.
        withExtendedLifetime((plan, queries, output, rowStates, scratch)) {
            plan.sources.withUnsafeBufferPointer { sources in
                plan.units.withUnsafeBufferPointer { units in
                    plan.blockStarts.withUnsafeBufferPointer { blockStarts in
                        let pass = AttentionPass(
                            plan, layer: layer, sources: sources, units: units, blockStarts: blockStarts,
                            queries: queries, output: output, states: rowStates, scratch: scratch)
                        pool.run(chunkCount: units.count) { pass.run(units[$0]) }
                        if plan.folds.count <= 4 {
                            for run in plan.folds { pass.fold(run) }
                        } else {
                            plan.folds.withUnsafeBufferPointer { folds in
                                pool.run(chunkCount: folds.count) { pass.fold(folds[$0]) }
                            }
                        }
                    }
                }
            }
        }
    }
}
