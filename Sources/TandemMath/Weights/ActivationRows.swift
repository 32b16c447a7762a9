internal import CTandemKernels

/// Rows of activations on their way into products, with the 8-bit codes that quantised weights take.
///
/// Write `values`, then call `quantize(rows:pool:)` if any of the weights is quantised, then multiply.
public final class ActivationRows: @unchecked Sendable {
    // Unchecked for the same reason as ``Matrix``.

    /// The activations as floats.
    public let values: Matrix
    private var codes: AlignedStorage
    private var scales: AlignedStorage
    private var scaledSums: AlignedStorage
    private var halfSums: AlignedStorage
    private var outliers: AlignedStorage
    private var outlierCounts: AlignedStorage
    private var capacity: Int

    /// Room for rows of `columns` activations.
    public init(rows: Int = 0, columns: Int) {
        values = Matrix(rows: rows, columns: columns)
        capacity = 0
        codes = AlignedStorage(byteCount: 0)
        scales = codes
        scaledSums = codes
        halfSums = codes
        outliers = codes
        outlierCounts = codes
    }

    /// Changes the number of rows; new ones hold anything.
    public func resize(rows: Int) {
        values.resize(rows: rows)
    }

    /// Blocks of 32 in a row.
    private var blockCount: Int { values.columns / 32 }

    /// Makes the 8-bit codes of all rows: for each block of 32, the greatest magnitude becomes 127. Activations that are
    /// far beyond the row's mean magnitude stay floats.
    public func quantize(pool: ComputePool) {
        let rows = values.rows
        precondition(values.columns % 32 == 0, "Quantised weights take rows of a multiple of 32 activations.")
        if rows > capacity {
            capacity = rows
            codes = AlignedStorage(byteCount: rows * values.columns)
            scales = AlignedStorage(byteCount: rows * blockCount * 4)
            scaledSums = AlignedStorage(byteCount: rows * blockCount * 4)
            halfSums = AlignedStorage(byteCount: rows * blockCount * 8)
            outliers = AlignedStorage(byteCount: rows * blockCount * MemoryLayout<tk_outlier>.stride)
            outlierCounts = AlignedStorage(byteCount: rows * 4)
        }
        let work = { (range: Range<Int>) in
            for row in range {
                tk_quantize_row(
                    self.values.pointer(row: row), self.values.columns,
                    self.codes.base.assumingMemoryBound(to: Int8.self) + row * self.values.columns,
                    self.scales.base.assumingMemoryBound(to: Float.self) + row * self.blockCount,
                    self.scaledSums.base.assumingMemoryBound(to: Float.self) + row * self.blockCount,
                    self.halfSums.base.assumingMemoryBound(to: Int32.self) + row * self.blockCount * 2,
                    self.outliers.base.assumingMemoryBound(to: tk_outlier.self) + row * self.blockCount,
                    self.outlierCounts.base.assumingMemoryBound(to: UInt32.self) + row)
            }
        }
        pool.runRows(rows, of: values.columns, work)
    }

    /// What the kernels take: all rows.
    var descriptor: tk_quantized_rows { descriptor(rows: 0..<values.rows) }

    /// Some of the rows.
    func descriptor(rows: Range<Int>) -> tk_quantized_rows {
        let block = rows.lowerBound * blockCount
        return tk_quantized_rows(
            codes: UnsafePointer(codes.base.assumingMemoryBound(to: Int8.self)) + block * 32,
            scales: UnsafePointer(scales.base.assumingMemoryBound(to: Float.self)) + block,
            scaled_sums: UnsafePointer(scaledSums.base.assumingMemoryBound(to: Float.self)) + block,
            half_sums: UnsafePointer(halfSums.base.assumingMemoryBound(to: Int32.self)) + block * 2,
            outliers: UnsafePointer(outliers.base.assumingMemoryBound(to: tk_outlier.self)) + block,
            outlier_counts: UnsafePointer(outlierCounts.base.assumingMemoryBound(to: UInt32.self)) + rows.lowerBound,
            count: rows.count)
    }
}

extension ComputePool {
    /// Small work on each of `count` rows of `width` numbers: on the calling thread if it is so little that sharing it out would
    /// take longer, else in short runs.
    ///
    /// Eight rows of 1,536 numbers were the most that was not slower alone, on two cores: up to a twelfth of a whole pass faster
    /// while the cores are slow to hear of each other, the same otherwise; sixteen rows were a tenth slower then.
    func runRows(_ count: Int, of width: Int, _ body: (Range<Int>) -> Void) {
        if count <= 2 || (count <= 8 && count * width <= 8 * 1536) {
            body(0..<count)
            return
        }
        let perChunk = min(8, (count + 2 * threadCount - 1) / (2 * threadCount))
        run(chunkCount: (count + perChunk - 1) / perChunk) { chunk in
            body(chunk * perChunk..<min((chunk + 1) * perChunk, count))
        }
    }
}
