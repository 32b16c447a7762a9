private import CTandemKernels

/// How much of two laws is the same, apart from any loss.
extension Kernels {
    /// Σ min(p, q) of every row, on all threads: q is the softmax of its logits, which stay as they are, and p what the teacher
    /// says, times `share`. 1 where it says nothing.
    ///
    /// - Parameters:
    ///   - logits: The rows.
    ///   - pool: Threads for it.
    ///   - teacher: What the teacher says of a row, counted from the first of `logits`, and what that is multiplied by; called
    ///     from several threads.
    public static func overlaps(
        _ logits: MatrixRows, on pool: ComputePool, teacher: (Int) -> (row: TeacherRow, share: Float)
    ) -> [Float] {
        precondition(logits.columns > 0, "A law has something to choose from.")
        var results = [Float](repeating: 1, count: logits.count)
        results.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let results = buffer
            pool.run(chunkCount: logits.count) { row in
                let (teacher, share) = teacher(row)
                results[row] = overlap(logits.pointer(row: row), count: logits.columns, teacher, share: share)
            }
        }
        return results
    }

    private static func overlap(
        _ logits: UnsafePointer<Float>, count: Int, _ teacher: TeacherRow, share: Float
    ) -> Float {
        if case .none = teacher { return 1 }
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { buffer in
            guard let law = buffer.baseAddress else { return 1 }
            _ = tk_softmax(logits, count, 1, law)
            var sum = 0.0
            switch teacher {
            case .none: break
            case .top(let columns, let probabilities):
                for (column, probability) in zip(columns, probabilities) {
                    precondition(column < count, "A teacher's column is not among \(count).")
                    sum += Double(min(probability * share, law[Int(column)]))
                }
            case .whole(let matrix, let row):
                precondition(
                    matrix.columns == count && row >= 0 && row < matrix.rows,
                    "The teacher's row \(row) of \(matrix.columns) does not fit logits of \(count).")
                let probabilities = matrix.pointer(row: row)
                for column in 0..<count { sum += Double(min(probabilities[column] * share, law[column])) }
            }
            return Float(sum)
        }
    }
}
