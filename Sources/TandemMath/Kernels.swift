import CTandemKernels

/// The fence around the C kernels: every call checks shapes, then makes one call.
///
/// Aspects live in files of their own: `Kernels+Sampling.swift`, `Kernels+DenseProduct.swift`, and so on.
public enum Kernels {
    /// RMS norm of rows `0 ..< count` of `input` into `output`: `x / sqrt(mean(x²) + epsilon) · weight`.
    public static func rmsNorm(
        _ input: Matrix, weight: Matrix, epsilon: Float, rows: Range<Int>, into output: Matrix
    ) {
        precondition(weight.rows == 1 && weight.columns == input.columns, "The norm's weight does not fit its input.")
        precondition(output.columns == input.columns, "The norm's output does not fit its input.")
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= input.rows && rows.upperBound <= output.rows,
            "Rows \(rows) are not all there.")
        for row in rows {
            tk_rms_norm(
                input.pointer(row: row), weight.base, epsilon, input.columns, output.pointer(row: row))
        }
    }

    /// Column of the greatest number in a row, the first of equals.
    public static func argmax(_ matrix: Matrix, row: Int) -> Int {
        precondition(row >= 0 && row < matrix.rows && matrix.columns > 0, "There is no row \(row) to search.")
        return tk_argmax(matrix.pointer(row: row), matrix.columns)
    }
}
