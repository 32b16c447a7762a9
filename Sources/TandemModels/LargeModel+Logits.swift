public import TandemMath

extension LargeModel {
    /// The logits that some rows of the last hidden state lead to: the bits that a pass with ``LogitRows/all`` has there.
    ///
    /// For whoever has captured the last state and wants the logits of a few of many rows.
    ///
    /// - Parameters:
    ///   - states: hidden states behind the last block, as they were captured.
    ///   - rows: which rows of them.
    ///   - scratch: holds the result until the next pass.
    ///   - pool: threads for it.
    public func logits(
        afterFinal states: Matrix, rows: ArraySlice<Int>, scratch: ModelScratch, pool: ComputePool
    ) -> Matrix {
        let selected = scratch.selected
        selected.resize(rows: rows.count)
        for (row, origin) in rows.enumerated() { selected.values.copyRows(1, from: states, at: origin, to: row) }
        return head(scratch, pool: pool)
    }
}
