private import Synchronization

extension Quantizer {
    /// Writes to `target` what the numbers of `source` are once they were stored in `format` and read again.
    ///
    /// What is rounded already stays as it is, for all formats whose blocks have no minimum.
    ///
    /// - Parameters:
    ///   - source: the numbers.
    ///   - format: what they are rounded to; see ``TensorFormat/isEncodable``.
    ///   - target: of the same shape; may be `source` itself.
    ///   - pool: threads for it, which change no bit.
    /// - Throws: ``TensorDataError`` as ``encode(_:name:shape:as:)`` does.
    public static func round(
        _ source: Matrix, as format: TensorFormat, into target: Matrix, on pool: ComputePool
    ) throws {
        precondition(
            target.rows == source.rows && target.columns == source.columns, "Numbers are rounded to a matrix alike.")
        let columns = source.columns
        let rowByteCount = try byteCount(name: "a matrix", shape: [1, columns], as: format)
        let misfit = Atomic<Int>(-1)
        pool.run(over: source.rows, grain: rowsPerChunk(columns: columns)) { rows in
            withUnsafeTemporaryAllocation(byteCount: rowByteCount, alignment: 4) { buffer in
                guard let bytes = buffer.baseAddress else { return }
                for row in rows {
                    guard BlockEncoder.encode(format, source.pointer(row: row), count: columns, into: bytes) == nil
                    else {
                        misfit.store(row, ordering: .relaxed)
                        return
                    }
                    BlockDecoder.decode(
                        format, bytes, blockCount: columns / format.blockLength, into: target.pointer(row: row))
                }
            }
        }
        let row = misfit.load(ordering: .relaxed)
        if row >= 0 { throw unfit("a matrix", format, row: row) }
    }
}
