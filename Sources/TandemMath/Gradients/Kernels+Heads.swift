internal import CTandemKernels

/// Biases of rows and norms of heads, each with its way back, for where they are no part of another kernel.
extension Kernels {
    /// Rows whose part of a weight's gradient is summed up by itself.
    private static let rowsPerRun = 64

    /// Adds a bias to every row.
    public static func addBias(_ bias: Matrix, to rows: Matrix, pool: ComputePool) {
        precondition(bias.rows == 1 && bias.columns == rows.columns, "The bias does not fit its rows.")
        pool.runRows(rows.rows, of: rows.columns) { range in
            for row in range { tk_add(bias.base, rows.columns, rows.pointer(row: row)) }
        }
    }

    /// The way back through a bias: adds the sum of all rows of `gradient` to the bias's.
    public static func biasGradient(of gradient: Matrix, into biasGradient: Matrix, pool: ComputePool) {
        precondition(
            biasGradient.rows == 1 && biasGradient.columns == gradient.columns,
            "The gradient of a bias does not fit its rows.")
        let runCount = (gradient.rows + rowsPerRun - 1) / rowsPerRun
        let partial = Matrix(rows: runCount, columns: gradient.columns)
        pool.run(chunkCount: runCount) { run in
            for row in run * rowsPerRun..<min((run + 1) * rowsPerRun, gradient.rows) {
                tk_add_rows(gradient.pointer(row: row), gradient.columns, partial.pointer(row: run))
            }
        }
        for run in 0..<runCount { tk_add_rows(partial.pointer(row: run), gradient.columns, biasGradient.base) }
    }

    /// RMS norm of every head of all rows, in place; `weight` has one number for each channel of a head.
    public static func headNorm(_ heads: Matrix, weight: Matrix, epsilon: Float, pool: ComputePool) {
        let width = weight.columns
        precondition(
            weight.rows == 1 && width > 0 && heads.columns % width == 0, "The norm's weight does not fit its heads.")
        pool.runRows(heads.rows, of: heads.columns) { range in
            for row in range {
                for column in stride(from: 0, to: heads.columns, by: width) {
                    let part = heads.pointer(row: row) + column
                    tk_rms_norm(part, weight.base, epsilon, width, part)
                }
            }
        }
    }

    /// The way back through the norm of every head: `gradient` becomes that of the heads before it.
    ///
    /// - Parameters:
    ///   - heads: What was normalised.
    ///   - weight: The norm's.
    ///   - epsilon: As on the way there.
    ///   - gradient: That of the normalised heads.
    ///   - weightGradient: Gets the weight's added, summed over rows and heads; nil where it is frozen.
    ///   - pool: Threads for it.
    public static func headNormGradient(
        _ heads: Matrix, weight: Matrix, epsilon: Float, gradient: Matrix, weightGradient: Matrix?, pool: ComputePool
    ) {
        let width = weight.columns
        precondition(
            weight.rows == 1 && width > 0 && heads.columns % width == 0 && gradient.columns == heads.columns
                && gradient.rows == heads.rows && weightGradient.map { $0.columns == width } ?? true,
            "The gradient of a norm does not fit its heads.")
        let runCount = (heads.rows + rowsPerRun - 1) / rowsPerRun
        let partial = Matrix(rows: weightGradient == nil ? 0 : runCount, columns: width)
        pool.run(chunkCount: runCount) { run in
            // The kernel adds to the gradient that it writes, so it reads a copy of the one that came.
            withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { buffer in
                guard let came = buffer.baseAddress else { return }
                for row in run * rowsPerRun..<min((run + 1) * rowsPerRun, heads.rows) {
                    for column in stride(from: 0, to: heads.columns, by: width) {
                        let part = gradient.pointer(row: row) + column
                        came.update(from: part, count: width)
                        part.update(repeating: 0, count: width)
                        tk_rms_norm_gradient(
                            heads.pointer(row: row) + column, weight.base, epsilon, width, came, part,
                            weightGradient == nil ? nil : partial.pointer(row: run))
                    }
                }
            }
        }
        guard let weightGradient else { return }
        for run in 0..<runCount { tk_add_rows(partial.pointer(row: run), width, weightGradient.base) }
    }
}
