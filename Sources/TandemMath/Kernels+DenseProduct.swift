private import CTandemKernels
private import Synchronization

/// Dense products for training: inputs rounded to bf16, sums in f32.
///
/// With activations X `[T, C]`, a weight W `[N, C]` and their gradients, a linear layer needs three:
///
/// | what | left | right |
/// | --- | --- | --- |
/// | `Y = X · Wᵀ` | X | W, transposed |
/// | `dX = dY · W` | dY | W |
/// | `dW += dYᵀ · X` | dY, transposed | X |
///
/// Every element is one sum over the depth in order, so its bits depend neither on threads nor on how the rows of a
/// batch are grouped; adding to an output goes on with the sum that is there.
extension Kernels {
    /// Fills `operand` with the rows of `source`, or with their transpose, and gives it that shape.
    ///
    /// - Parameters:
    ///   - source: the rows.
    ///   - transposed: whether a row of `source` becomes a column of the operand.
    ///   - operand: what is filled.
    ///   - pool: threads for it.
    public static func pack(
        _ source: MatrixRows, transposed: Bool, into operand: PackedOperand, on pool: ComputePool
    ) {
        let depth = transposed ? source.columns : source.count
        let columns = transposed ? source.count : source.columns
        operand.reshape(depth: depth, columns: columns)
        guard depth > 0, columns > 0 else { return }
        let stride = source.columns
        let start = source.pointer(row: 0)
        // About 64 K numbers: enough to be worth handing out.
        let panels = max(1, 65_536 / (depth * PackedOperand.panelWidth))
        pool.run(over: columns, grain: panels * PackedOperand.panelWidth) { range in
            let panel = operand.panel(at: range.lowerBound)
            if transposed {
                tk_dense_pack_rows(start + range.lowerBound * stride, stride, range.count, depth, panel)
            } else {
                tk_dense_pack_columns(start + range.lowerBound, stride, range.count, depth, panel)
            }
        }
    }

    /// `output = left · right`, or `leftᵀ · right`, or that added to what `output` holds.
    ///
    /// Shapes: `[R, K] · [K, N]` gives `[R, N]`; if `transposed`, `left` is `[K, R]`.
    public static func multiply(
        _ left: MatrixRows, transposed: Bool = false, by right: PackedOperand, into output: MatrixRows,
        accumulating: Bool = false, on pool: ComputePool
    ) {
        let rows = transposed ? left.columns : left.count
        let depth = transposed ? left.count : left.columns
        precondition(
            depth == right.depth, "A sum over \(depth) does not fit a right operand with \(right.depth) rows.")
        precondition(
            output.count == rows && output.columns == right.columns,
            "The product is \(rows) × \(right.columns), its output \(output.count) × \(output.columns).")
        guard rows > 0, right.columns > 0 else { return }
        let leftStart = left.pointer(row: 0)
        let outputStart = output.pointer(row: 0)
        let columns = right.columns
        let parts = ProductParts(rows: rows, columns: columns, threadCount: pool.threadCount)
        pool.run(chunkCount: parts.count) { part in
            let (rowRange, columnRange) = parts[part]
            DenseScratch.withBuffer { scratch in
                tk_dense_product(
                    leftStart + rowRange.lowerBound * (transposed ? 1 : depth), left.columns, transposed ? 1 : 0,
                    rowRange.count, right.panel(at: columnRange.lowerBound), columnRange.count, depth,
                    outputStart + rowRange.lowerBound * columns + columnRange.lowerBound, columns,
                    accumulating ? 1 : 0, scratch)
            }
        }
    }
}

/// How a product is dealt out: by rows, since every part packs its rows anew; also by columns where there are too few.
private struct ProductParts {
    let rows: Int
    let columns: Int
    let rowGrain: Int
    let columnGrain: Int

    init(rows: Int, columns: Int, threadCount: Int) {
        self.rows = rows
        self.columns = columns
        let tile = tk_dense_tile_rows()
        // Rows that a part packs at once (see gemm.inc), and parts enough for every thread to have the same number.
        let wanted = threadCount * max(1, (rows + 144 * threadCount - 1) / (144 * threadCount))
        rowGrain = max(1, ((rows + wanted - 1) / wanted + tile - 1) / tile) * tile
        let rowParts = (rows + rowGrain - 1) / rowGrain
        let columnParts = rowParts >= threadCount ? 1 : (threadCount + rowParts - 1) / rowParts
        // Whole tiles of 48 columns.
        columnGrain = max(1, ((columns + columnParts - 1) / columnParts + 47) / 48) * 48
    }

    private var rowCount: Int { (rows + rowGrain - 1) / rowGrain }

    var count: Int { rowCount * ((columns + columnGrain - 1) / columnGrain) }

    subscript(part: Int) -> (rows: Range<Int>, columns: Range<Int>) {
        let row = part % rowCount * rowGrain
        let column = part / rowCount * columnGrain
        return (row..<min(rows, row + rowGrain), column..<min(columns, column + columnGrain))
    }
}

/// Buffers for threads that multiply: as many as ever worked at once.
private enum DenseScratch {
    private static let free = Mutex<[AlignedStorage]>([])

    static func withBuffer(_ body: (UnsafeMutablePointer<Float>) -> Void) {
        let buffer = free.withLock { $0.popLast() } ?? AlignedStorage(byteCount: Int(TK_DENSE_SCRATCH) * 4)
        body(buffer.base.assumingMemoryBound(to: Float.self))
        free.withLock { $0.append(buffer) }
    }
}
