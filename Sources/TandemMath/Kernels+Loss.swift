private import CTandemKernels

#if canImport(Darwin)
    private import Darwin
#elseif canImport(Musl)
    private import Musl
#else
    private import Glibc
#endif

/// How much each loss counts (see ``Kernels/losses(_:row:label:teacher:weights:scale:)``).
public struct LossWeights: Sendable, Equatable {
    /// −ln p of the label.
    public var label: Float
    /// Cross entropy with the teacher's distribution.
    public var soft: Float
    /// Total variation distance to the teacher's distribution.
    public var variation: Float

    /// The weights as given.
    public init(label: Float, soft: Float, variation: Float) {
        self.label = label
        self.soft = soft
        self.variation = variation
    }
}

/// What the teacher says about one position.
public enum TeacherRow {
    /// Nothing.
    case none
    /// Probabilities of some columns, no column twice; the others have none.
    case top(columns: ArraySlice<UInt32>, probabilities: ArraySlice<Float>)
    /// Probabilities of all columns: a row of a matrix.
    case whole(Matrix, row: Int)
}

/// The losses of one position, before weights.
public struct RowLosses: Sendable, Equatable {
    /// −ln p of the label; 0 without one.
    public var label: Float
    /// Cross entropy with the teacher.
    public var soft: Float
    /// The teacher's entropy: `soft` less this is the forward KL divergence.
    public var teacherEntropy: Float
    /// Σ min(p, q): the chance that a drafted token is kept. One less this is the total variation distance.
    public var overlap: Float
    /// The most probable column.
    public var greatest: Int
}

/// What is asked of one row of logits.
public struct RowTarget {
    /// The right column; nil if it is not among them.
    public var label: Int?
    /// What the teacher says.
    public var teacher: TeacherRow
    /// Multiplies the gradient.
    public var scale: Float

    /// The three together.
    public init(label: Int?, teacher: TeacherRow, scale: Float) {
        self.label = label
        self.teacher = teacher
        self.scale = scale
    }
}

extension Kernels {
    /// Replaces a row of logits by `scale` times the gradient of its weighted loss, and returns the losses.
    ///
    /// - Parameters:
    ///   - logits: The rows.
    ///   - row: Which one.
    ///   - label: The right column, or nil if it is not among them: then there is no label loss.
    ///   - teacher: What the teacher says.
    ///   - weights: How much each loss counts.
    ///   - scale: Multiplies the gradient.
    public static func losses(
        _ logits: Matrix, row: Int, label: Int?, teacher: TeacherRow, weights: LossWeights, scale: Float
    ) -> RowLosses {
        precondition(row >= 0 && row < logits.rows && logits.columns > 0, "There is no row \(row) of logits.")
        let count = logits.columns
        precondition(label.map { $0 >= 0 && $0 < count } ?? true, "There is no column \(label ?? 0) among \(count).")
        let start = logits.pointer(row: row)
        let greatest = tk_argmax(start, count)
        let label = label ?? count
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: 7) { numbers in
            guard let terms = numbers.baseAddress else { preconditionFailure("Seven numbers have an address.") }
            (terms[4], terms[5], terms[6]) = (weights.label, weights.soft, weights.variation)
            switch teacher {
            case .none:
                (terms[5], terms[6]) = (0, 0)
                tk_loss_row_top(start, count, label, nil, nil, 0, terms + 4, scale, terms, nil)
            case .top(let columns, let probabilities):
                precondition(columns.count == probabilities.count, "Every column needs a probability.")
                precondition(columns.allSatisfy { $0 < count }, "A teacher's column is not among \(count).")
                withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, columns.count)) { corrections in
                    columns.withUnsafeBufferPointer { columns in
                        probabilities.withUnsafeBufferPointer { probabilities in
                            tk_loss_row_top(
                                start, count, label, columns.baseAddress, probabilities.baseAddress, columns.count,
                                terms + 4, scale, terms, corrections.baseAddress)
                        }
                    }
                }
            case .whole(let matrix, let teacherRow):
                precondition(
                    matrix.columns == count && teacherRow >= 0 && teacherRow < matrix.rows,
                    "The teacher's row \(teacherRow) of \(matrix.columns) does not fit logits of \(count).")
                tk_loss_row_whole(start, count, label, matrix.pointer(row: teacherRow), terms + 4, scale, terms)
            }
            return RowLosses(
                label: terms[0], soft: terms[1], teacherEntropy: terms[2], overlap: terms[3], greatest: greatest)
        }
    }

    /// ``losses(_:row:label:teacher:weights:scale:)`` for every row, on all threads.
    ///
    /// - Parameters:
    ///   - logits: The rows.
    ///   - weights: How much each loss counts.
    ///   - pool: Threads for it.
    ///   - target: What is asked of a row, counted from the first of `logits`; called from several threads.
    public static func losses(
        _ logits: MatrixRows, weights: LossWeights, on pool: ComputePool, target: (Int) -> RowTarget
    ) -> [RowLosses] {
        let none = RowLosses(label: 0, soft: 0, teacherEntropy: 0, overlap: 0, greatest: 0)
        var results = [RowLosses](repeating: none, count: logits.count)
        results.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let results = buffer
            pool.run(chunkCount: logits.count) { row in
                let target = target(row)
                results[row] = losses(
                    logits.matrix, row: logits.range.lowerBound + row, label: target.label, teacher: target.teacher,
                    weights: weights, scale: target.scale)
            }
        }
        return results
    }

    /// Writes the teacher's probabilities of some tokens to a row of `output`, one column for each.
    ///
    /// - Parameters:
    ///   - logits: The teacher's, one column for each of its tokens.
    ///   - row: Which row of them.
    ///   - tokens: Which tokens, in the order of the output's columns.
    ///   - renormalizes: Whether they shall sum to 1; else what other tokens have is missing.
    ///   - output: Where they go.
    ///   - outputRow: Which row of it.
    public static func teacherProbabilities(
        _ logits: Matrix, row: Int, tokens: [Int32], renormalizes: Bool, into output: Matrix, row outputRow: Int
    ) {
        precondition(row >= 0 && row < logits.rows && logits.columns > 0, "There is no row \(row) of logits.")
        precondition(outputRow >= 0 && outputRow < output.rows, "There is no row \(outputRow) to write to.")
        precondition(output.columns == tokens.count, "\(tokens.count) tokens do not fit \(output.columns) columns.")
        let (from, to) = (logits.pointer(row: row), output.pointer(row: outputRow))
        for (column, token) in tokens.enumerated() {
            precondition(token >= 0 && token < logits.columns, "The teacher has no token \(token).")
            to[column] = from[Int(token)]
        }
        let these = tk_softmax(to, tokens.count, 1, to)
        if renormalizes { return }
        // What these tokens have of everything.
        let all = tk_log_sum_exp(from, logits.columns, 1)
        let share = min(1, Float(exp(Double(these - all))))
        for column in 0..<tokens.count { to[column] *= share }
    }

    /// Sets a row to zeros.
    public static func clear(_ matrix: Matrix, row: Int) {
        precondition(row >= 0 && row < matrix.rows, "There is no row \(row).")
        matrix.pointer(row: row).update(repeating: 0, count: matrix.columns)
    }
}
