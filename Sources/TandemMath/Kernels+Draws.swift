import CTandemKernels

extension Kernels {
    /// For every row the column that is drawn with the noise of its position: `gumbelArgmax` on all
    /// threads.
    ///
    /// - Parameters:
    ///   - logits: The rows.
    ///   - tokens: The token that each column stands for, which is what the noise goes by; nil if column and token are one.
    ///   - noises: The noise of each row.
    ///   - pool: Threads for it.
    public static func draws(
        _ logits: MatrixRows, tokens: [UInt32]? = nil, noises: [GumbelNoise], on pool: ComputePool
    ) -> [Int] {
        precondition(noises.count == logits.count, "\(logits.count) rows cannot be drawn with \(noises.count) noises.")
        precondition(logits.columns > 0 && tokens?.count ?? logits.columns == logits.columns, "Columns need tokens.")
        var results = [Int](repeating: 0, count: logits.count)
        results.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let results = buffer
            pool.run(chunkCount: logits.count) { row in
                let position = UInt64(truncatingIfNeeded: noises[row].position)
                results[row] = tk_gumbel_argmax(
                    logits.pointer(row: row), tokens, logits.columns, 1, noises[row].seed, position)
            }
        }
        return results
    }
}
