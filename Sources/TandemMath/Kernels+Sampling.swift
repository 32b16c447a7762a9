import CTandemKernels

extension Kernels {
    /// Draws a column from `softmax(scale · logits)` of a row: the one with the greatest `scale · logit + noise`.
    ///
    /// - Parameters:
    ///   - logits: The matrix.
    ///   - row: The row.
    ///   - tokens: The token that each column stands for, which its noise depends on; nil if it is the column's number.
    ///   - scale: One over the temperature.
    ///   - noise: The noise of the position.
    public static func gumbelArgmax(
        _ logits: Matrix, row: Int, tokens: [UInt32]? = nil, scale: Float, noise: GumbelNoise
    ) -> Int {
        precondition(row >= 0 && row < logits.rows && logits.columns > 0, "There is no row \(row) to draw from.")
        precondition(tokens?.count ?? logits.columns == logits.columns, "Each column stands for a token.")
        let position = UInt64(truncatingIfNeeded: noise.position)
        guard let tokens else {
            return tk_gumbel_argmax(logits.pointer(row: row), nil, logits.columns, scale, noise.seed, position)
        }
        return tk_gumbel_argmax(logits.pointer(row: row), tokens, logits.columns, scale, noise.seed, position)
    }

    /// Draws among some tokens only; returns an index into the two arrays.
    public static func gumbelArgmax(
        _ logits: [Float], tokens: [UInt32], scale: Float, noise: GumbelNoise
    ) -> Int {
        precondition(logits.count == tokens.count && !logits.isEmpty, "Each candidate has a token and a logit.")
        return tk_gumbel_argmax(
            logits, tokens, logits.count, scale, noise.seed, UInt64(truncatingIfNeeded: noise.position))
    }

    /// `ln Σ exp(scale · logit)` of a row whose greatest number is finite.
    public static func logSumExp(_ logits: Matrix, row: Int, scale: Float = 1) -> Float {
        precondition(row >= 0 && row < logits.rows && logits.columns > 0, "There is no row \(row) to sum.")
        return tk_log_sum_exp(logits.pointer(row: row), logits.columns, scale)
    }

    /// What `softmax(scale · logits)` of a row, whose greatest number is finite, gives to some columns, and how undecided it
    /// is: its entropy in nats. One pass over the row, however many columns.
    public static func lawSummary(
        _ logits: Matrix, row: Int, scale: Float, columns: [UInt32]
    ) -> (probabilities: [Float], entropy: Float) {
        precondition(row >= 0 && row < logits.rows, "There is no row \(row) to sum.")
        precondition(columns.allSatisfy { Int($0) < logits.columns }, "A row has \(logits.columns) columns.")
        var entropy: Float = 0
        let probabilities = [Float](unsafeUninitializedCapacity: columns.count) { buffer, initialized in
            entropy = tk_law_summary(
                logits.pointer(row: row), logits.columns, scale, columns, columns.count, buffer.baseAddress)
            initialized = columns.count
        }
        return (probabilities, entropy)
    }

    /// `-ln x` of each of some numbers, none of them negative; infinity for 0.
    public static func negativeLogarithms(_ numbers: [Float]) -> [Float] {
        [Float](unsafeUninitializedCapacity: numbers.count) { buffer, initialized in
            initialized = numbers.count
            guard let base = buffer.baseAddress, !numbers.isEmpty else { return }
            tk_negative_log(numbers, numbers.count, base)
        }
    }

    /// `softmax(scale · logits)` of some numbers of which the greatest is finite.
    public static func softmax(_ logits: [Float], scale: Float = 1) -> [Float] {
        [Float](unsafeUninitializedCapacity: logits.count) { buffer, initialized in
            initialized = logits.count
            guard let base = buffer.baseAddress, !logits.isEmpty else { return }
            _ = tk_softmax(logits, logits.count, scale, base)
        }
    }

    /// `softmax(scale · logits)` of a row whose greatest number is finite, into the first row of `output`.
    public static func softmax(_ logits: Matrix, row: Int, scale: Float = 1, into output: Matrix) {
        precondition(row >= 0 && row < logits.rows && logits.columns > 0, "There is no row \(row) to sum.")
        precondition(output.rows > 0 && output.columns == logits.columns, "The law does not fit its row.")
        _ = tk_softmax(logits.pointer(row: row), logits.columns, scale, output.base)
    }

    /// The numbers of a row at these columns.
    public static func gather(_ columns: [UInt32], of matrix: Matrix, row: Int) -> [Float] {
        precondition(row >= 0 && row < matrix.rows, "There is no row \(row) to read.")
        let (base, count) = (matrix.pointer(row: row), UInt32(clamping: matrix.columns))
        return columns.map { column in
            precondition(column < count, "There is no column \(column).")
            return base[Int(column)]
        }
    }

    /// The sum of `masses` over those `keys` that are below a finite threshold, and how many there are.
    public static func mass(
        of masses: [Float], withKeys keys: [Float], below threshold: Float
    ) -> (mass: Double, count: Int) {
        precondition(keys.count == masses.count, "Each mass has a key.")
        var count = 0
        let mass = tk_mass_below(keys, masses, keys.count, threshold, &count)
        return (mass, count)
    }
}

/// Searching rows without sorting them.
extension Kernels {
    /// The columns of a row whose numbers are at least `threshold`, ascending.
    public static func columns(of matrix: Matrix, row: Int, atLeast threshold: Float) -> [UInt32] {
        precondition(row >= 0 && row < matrix.rows, "There is no row \(row) to search.")
        let found = [UInt32](unsafeUninitializedCapacity: matrix.columns) { buffer, initialized in
            guard let base = buffer.baseAddress, matrix.columns > 0 else { return }
            initialized = tk_at_least(matrix.pointer(row: row), matrix.columns, threshold, base)
        }
        // A copy of the right size: the search had to be ready for every column.
        return Array(found[...])
    }

    /// The columns with the `count` greatest numbers of a row, the first of equals, ascending by column.
    ///
    /// The greatest numbers of short blocks are themselves among the row's, so the `count`-th greatest of those bounds the
    /// one looked for from below, and few columns remain to be ordered.
    public static func greatestColumns(of matrix: Matrix, row: Int, count: Int) -> [UInt32] {
        precondition(row >= 0 && row < matrix.rows, "There is no row \(row) to search.")
        precondition(count >= 0, "Cannot look for \(count) columns.")
        let columns = matrix.columns
        guard count < columns else { return (0..<UInt32(columns)).map { $0 } }
        guard count > 0 else { return [] }
        let blockCount = (columns + TK_SEARCH_BLOCK - 1) / TK_SEARCH_BLOCK
        var bounds = [Float](unsafeUninitializedCapacity: blockCount) { buffer, initialized in
            initialized = blockCount
            guard let base = buffer.baseAddress else { return }
            tk_greatest_of_blocks(matrix.pointer(row: row), columns, base)
        }
        var candidates: [UInt32]
        if count <= blockCount {
            bounds.sort(by: >)
            candidates = self.columns(of: matrix, row: row, atLeast: bounds[count - 1])
        } else {
            candidates = (0..<UInt32(columns)).map { $0 }
        }
        // Not-a-number is never greater: it goes last.
        let values = matrix.pointer(row: row)
        candidates.sort { a, b in
            let (x, y) = (values[Int(a)], values[Int(b)])
            return x > y || (x == y && a < b) || (!x.isNaN && y.isNaN)
        }
        return candidates.prefix(count).sorted()
    }
}
