internal import CTandemKernels

/// The way back through norms, gates, rotation and sums of rows, each beside its forward kernel.
///
/// Gradients of activations are shared out by rows. Gradients of weights are sums over rows: each run of rows makes a sum
/// of its own, and the runs are added in order, so that the bits do not depend on the number of threads.
extension Kernels {
    /// RMS norm of all rows of `input` into columns `column ..< column + input.columns` of `output`.
    public static func rmsNorm(
        _ input: MatrixRows, weight: Matrix, epsilon: Float, into output: Matrix, at row: Int = 0, column: Int,
        pool: ComputePool
    ) {
        precondition(
            weight.columns == input.columns && column >= 0 && column + input.columns <= output.columns && row >= 0
                && row + input.count <= output.rows, "The norm's output does not fit its input.")
        pool.runRows(input.count, of: input.columns) { rows in
            for index in rows {
                tk_rms_norm(
                    input.pointer(row: index), weight.base, epsilon, input.columns,
                    output.pointer(row: row + index) + column)
            }
        }
    }

    /// The way back through an RMS norm.
    ///
    /// - Parameters:
    ///   - input: what was normalised.
    ///   - weight: the norm's.
    ///   - epsilon: as on the way there.
    ///   - gradient: that of the norm's output, from `row` and `column` on.
    ///   - row: of the gradient, for the first row of the input.
    ///   - column: of the gradient, for the first channel.
    ///   - inputGradient: gets the input's added; nil where the input is frozen.
    ///   - weightGradient: gets the weight's added; nil where it is frozen.
    ///   - pool: threads for it.
    public static func rmsNormGradient(
        _ input: MatrixRows, weight: Matrix, epsilon: Float, gradient: Matrix, at row: Int = 0, column: Int = 0,
        inputGradient: Matrix?, weightGradient: Matrix?, pool: ComputePool
    ) {
        precondition(
            weight.columns == input.columns && column + input.columns <= gradient.columns
                && row + input.count <= gradient.rows
                && inputGradient.map { $0.columns == input.columns && $0.rows >= input.count } ?? true
                && weightGradient.map { $0.columns == input.columns } ?? true,
            "The gradient of a norm does not fit its input.")
        let perRun = 64
        let runCount = (input.count + perRun - 1) / perRun
        let partial = Matrix(rows: weightGradient == nil ? 0 : runCount, columns: input.columns)
        pool.run(chunkCount: runCount) { run in
            for index in run * perRun..<min((run + 1) * perRun, input.count) {
                tk_rms_norm_gradient(
                    input.pointer(row: index), weight.base, epsilon, input.columns,
                    gradient.pointer(row: row + index) + column, inputGradient?.pointer(row: index),
                    weightGradient == nil ? nil : partial.pointer(row: run))
            }
        }
        guard let weightGradient else { return }
        for run in 0..<runCount { tk_add_rows(partial.pointer(row: run), input.columns, weightGradient.base) }
    }

    /// `output = silu(gate) · up`, number by number.
    public static func gate(_ gate: Matrix, up: Matrix, into output: Matrix, pool: ComputePool) {
        precondition(
            gate.columns == up.columns && gate.columns == output.columns && up.rows >= gate.rows
                && output.rows >= gate.rows, "Gate and up have different shapes.")
        pool.runRows(gate.rows, of: gate.columns) { rows in
            for row in rows {
                tk_gate(gate.pointer(row: row), up.pointer(row: row), gate.columns, output.pointer(row: row))
            }
        }
    }

    /// The way back through a gate: `gradient` becomes that of `gate`, `upGradient` that of `up`.
    public static func gateGradient(
        gate: Matrix, up: Matrix, gradient: Matrix, upGradient: Matrix, pool: ComputePool
    ) {
        for other in [up, gradient, upGradient] {
            precondition(
                other.columns == gate.columns && other.rows >= gate.rows, "Gate and up have different shapes.")
        }
        pool.runRows(gate.rows, of: gate.columns) { rows in
            for row in rows {
                let both = gradient.pointer(row: row)
                tk_gate_gradient(
                    gate.pointer(row: row), up.pointer(row: row), gate.columns, both, both,
                    upGradient.pointer(row: row))
            }
        }
    }

    /// Turns every head of all rows to its position, times `scale`; row *i* stands at `positions[i]`.
    public static func rotate(
        _ heads: Matrix, headWidth: Int, positions: [Int], rotary: RotaryTable, scale: Float = 1, pool: ComputePool
    ) {
        rotate(heads, headWidth: headWidth, positions: positions, rotary: rotary, pool: pool) {
            tk_rotate($0, headWidth, $1, $2, scale)
        }
    }

    /// The way back through rotation and scale, in place.
    public static func rotateGradient(
        _ heads: Matrix, headWidth: Int, positions: [Int], rotary: RotaryTable, scale: Float = 1, pool: ComputePool
    ) {
        rotate(heads, headWidth: headWidth, positions: positions, rotary: rotary, pool: pool) {
            tk_rotate_gradient($0, headWidth, $1, $2, scale)
        }
    }

    private static func rotate(
        _ heads: Matrix, headWidth: Int, positions: [Int], rotary: RotaryTable, pool: ComputePool,
        _ turn: (UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) -> Void
    ) {
        precondition(
            positions.count == heads.rows && headWidth > 0 && heads.columns % headWidth == 0, "Heads do not fit.")
        pool.runRows(heads.rows, of: heads.columns) { rows in
            for row in rows {
                let (cosines, sines) = rotary.pointers(position: positions[row])
                for head in 0..<heads.columns / headWidth {
                    turn(heads.pointer(row: row) + head * headWidth, cosines, sines)
                }
            }
        }
    }

    /// Adds row `sourceRow` of `source` to row `row` of `target`.
    public static func addRow(_ sourceRow: Int, of source: Matrix, to target: Matrix, at row: Int) {
        precondition(
            source.columns == target.columns && sourceRow >= 0 && sourceRow < source.rows && row >= 0
                && row < target.rows, "A row cannot be added to one that is not there.")
        tk_add_rows(source.pointer(row: sourceRow), source.columns, target.pointer(row: row))
    }

    /// Writes rotated keys and values to their places in the pages of a cache: row *i* at position `start + i`.
    public static func append(
        keys: MatrixRows, values: MatrixRows, to pages: [KeyValuePage], layout: KeyValueLayout, layer: Int, start: Int,
        pool: ComputePool
    ) {
        let width = layout.headWidth
        precondition(
            keys.columns == layout.headCount * width && values.columns == keys.columns && keys.count == values.count
                && start + keys.count <= pages.count * KeyValueLayout.pageLength, "Keys and values do not fit.")
        pool.runRows(keys.count, of: keys.columns) { rows in
            for row in rows {
                let page = pages[(start + row) / KeyValueLayout.pageLength]
                for head in 0..<layout.headCount {
                    tk_attention_append(
                        page.keys(layer: layer, head: head), page.values(layer: layer, head: head),
                        (start + row) % KeyValueLayout.pageLength, width, keys.pointer(row: row) + head * width,
                        values.pointer(row: row) + head * width)
                }
            }
        }
    }
}
