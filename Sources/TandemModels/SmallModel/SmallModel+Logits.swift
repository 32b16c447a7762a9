public import TandemMath

extension SmallModel {
    /// The logits over the draft vocabulary that some rows of final states lead to: the bits that a pass with
    /// ``LogitRows/all`` has there.
    ///
    /// For whoever has kept ``SmallOutput/hidden`` and wants the logits of a few of many rows at a time.
    ///
    /// - Parameters:
    ///   - states: final states, after the last norm.
    ///   - rows: which rows of them.
    ///   - scratch: holds the result until the next pass.
    ///   - pool: threads for it.
    public func logits(
        afterFinal states: Matrix, rows: ArraySlice<Int>, scratch: SmallScratch, pool: ComputePool
    ) -> Matrix {
        let selected = scratch.selected
        selected.resize(rows: rows.count)
        scratch.logits.resize(rows: rows.count)
        guard !rows.isEmpty else { return scratch.logits }
        for (row, origin) in rows.enumerated() { selected.values.copyRows(1, from: states, at: origin, to: row) }
        if head.isQuantized { selected.quantize(pool: pool) }
        head.multiply(selected, into: scratch.logits, pool: pool)
        return scratch.logits
    }
}
