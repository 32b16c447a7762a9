internal import CTandemKernels

/// Cosines and sines of rotary embedding for positions from 0 on, computed in double precision when first needed.
public final class RotaryTable: @unchecked Sendable {
    // Unchecked: it grows only between regions, in `prepare(positions:)`.
    private let frequencies: [Double]
    private var cosines: Matrix
    private var sines: Matrix

    /// A table for the given frequencies, one for each pair of channels, in radians a position.
    public init(frequencies: [Double]) {
        self.frequencies = frequencies
        cosines = Matrix(rows: 0, columns: frequencies.count)
        sines = Matrix(rows: 0, columns: frequencies.count)
    }

    /// Makes sure that positions below `count` are there.
    public func prepare(positions count: Int) {
        let ready = cosines.rows
        guard count > ready else { return }
        let size = max(count, min(ready * 2, ready + 1024))
        cosines.resize(rows: size)
        sines.resize(rows: size)
        for position in ready..<size {
            for (pair, frequency) in frequencies.enumerated() {
                let angle = Double(position) * frequency
                cosines[position, pair] = Float(angle.cosine)
                sines[position, pair] = Float(angle.sine)
            }
        }
    }

    func pointers(position: Int) -> (cosines: UnsafePointer<Float>, sines: UnsafePointer<Float>) {
        precondition(position < cosines.rows, "The table was not prepared for position \(position).")
        return (UnsafePointer(cosines.pointer(row: position)), UnsafePointer(sines.pointer(row: position)))
    }
}

/// What is done to queries and keys between their products and attention.
public struct QueryKeyPreparation {
    /// Norm weights of each head's query and key (Qwen 3), with the epsilon.
    public var norms: (query: Matrix, key: Matrix, epsilon: Float)?
    /// Biases of queries, keys and values (Qwen 2).
    public var biases: (query: Matrix, key: Matrix, value: Matrix)?

    /// Nothing but rotation.
    public init() {}
}

extension Kernels {
    /// Turns queries and keys to their positions and appends keys and values to the caches, for all rows of a plan.
    ///
    /// Queries are multiplied by one over the root of the head's width on the way.
    public static func rotateAndAppend(
        _ plan: AttentionPlan, layer: Int, queries: Matrix, keys: Matrix, values: Matrix,
        preparation: QueryKeyPreparation, rotary: RotaryTable, pool: ComputePool
    ) {
        let layout = plan.layout
        let width = layout.headWidth
        precondition(
            queries.columns == plan.headCount * width && keys.columns == layout.headCount * width
                && values.columns == keys.columns, "Heads do not fit.")
        let scale = 1 / Float(width).squareRoot()
        for span in plan.spans {
            pool.runRows(span.rowCount, of: queries.columns) { rows in
                for offset in rows {
                    let row = span.firstRow + offset
                    let position = span.start + offset
                    let (cosines, sines) = rotary.pointers(position: position)
                    let (q, k, v) = (queries.pointer(row: row), keys.pointer(row: row), values.pointer(row: row))
                    if let biases = preparation.biases {
                        tk_add(biases.query.base, queries.columns, q)
                        tk_add(biases.key.base, keys.columns, k)
                        tk_add(biases.value.base, values.columns, v)
                    }
                    for head in 0..<plan.headCount {
                        let part = q + head * width
                        if let norms = preparation.norms {
                            tk_rms_norm(part, norms.query.base, norms.epsilon, width, part)
                        }
                        tk_rotate(part, width, cosines, sines, scale)
                    }
                    let page = span.pages[position / KeyValueLayout.pageLength]
                    for head in 0..<layout.headCount {
                        let part = k + head * width
                        if let norms = preparation.norms {
                            tk_rms_norm(part, norms.key.base, norms.epsilon, width, part)
                        }
                        tk_rotate(part, width, cosines, sines, 1)
                        tk_attention_append(
                            page.keys(layer: layer, head: head), page.values(layer: layer, head: head),
                            position % KeyValueLayout.pageLength, width, part, v + head * width)
                    }
                }
            }
        }
    }

    /// RMS norm of all rows of `input`, shared out over the pool.
    public static func rmsNorm(
        _ input: Matrix, weight: Matrix, epsilon: Float, into output: Matrix, pool: ComputePool
    ) {
        pool.runRows(input.rows, of: input.columns) {
            rmsNorm(input, weight: weight, epsilon: epsilon, rows: $0, into: output)
        }
    }
}
