public import TandemMath

/// Hidden states as they are kept: brought to a root mean square of one.
///
/// A sequence's first state is often a hundred times as large as the others, out of the range in which half precision is
/// exact to a thousandth; normalised, all of them fit. ``SmallModel/absorb(_:hiddenStates:scratch:pool:)`` normalises what
/// it is given anyway, memory and last state alike, so a state that was normalised and rounded to half precision makes the
/// same memory as a raw one but for that rounding (one part in two thousand).
public enum TappedStates {
    /// Writes the rows of `states`, normalised, into the first rows of `output`.
    ///
    /// - Parameters:
    ///   - states: rows of a captured state.
    ///   - epsilon: as the large model's norms add it.
    ///   - output: receives them.
    ///   - pool: threads for it.
    public static func normalize(_ states: MatrixRows, epsilon: Float, into output: Matrix, pool: ComputePool) {
        let ones = Matrix(rows: 1, columns: states.columns, values: [Float](repeating: 1, count: states.columns))
        Kernels.rmsNorm(states, weight: ones, epsilon: epsilon, into: output, column: 0, pool: pool)
    }
}
