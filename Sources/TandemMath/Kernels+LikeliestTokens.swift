extension Kernels {
    /// The `count` greatest columns of each row of logits, greatest first and the lower column first among equals, with
    /// the logarithms of their probabilities. All rows' columns lie one after another.
    ///
    /// A row that holds something that is not a number gives some columns and nothing that can be used.
    ///
    /// - Parameters:
    ///   - logits: The rows.
    ///   - count: How many columns of each; no more than there are.
    ///   - pool: Threads for it: the rows are shared out.
    public static func likeliestTokens(
        _ logits: MatrixRows, count: Int, on pool: ComputePool
    ) -> (tokens: [UInt32], logProbabilities: [Float]) {
        precondition(count > 0 && count <= logits.columns, "There are no \(count) of \(logits.columns) columns.")
        var tokens = [UInt32](repeating: 0, count: logits.count * count)
        var logProbabilities = [Float](repeating: 0, count: logits.count * count)
        tokens.withUnsafeMutableBufferPointer { tokens in
            logProbabilities.withUnsafeMutableBufferPointer { logProbabilities in
                nonisolated(unsafe) let (tokens, logProbabilities) = (tokens, logProbabilities)
                pool.run(chunkCount: logits.count) { index in
                    let row = logits.range.lowerBound + index
                    let total = logSumExp(logits.matrix, row: row)
                    let values = logits.matrix.pointer(row: row)
                    let columns = greatestColumns(of: logits.matrix, row: row, count: count)
                        .sorted { values[Int($0)] > values[Int($1)] || (values[Int($0)] == values[Int($1)] && $0 < $1) }
                    for (place, column) in columns.enumerated() {
                        tokens[index * count + place] = column
                        // The sum is rounded, so that it may be a little less than its greatest part.
                        logProbabilities[index * count + place] = min(0, values[Int(column)] - total)
                    }
                }
            }
        }
        return (tokens, logProbabilities)
    }
}
