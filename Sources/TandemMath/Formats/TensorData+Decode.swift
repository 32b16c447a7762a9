extension TensorData {
    /// Decodes row `row` into the first ``columns`` numbers of `destination`.
    ///
    /// The row must exist and `destination` be long enough. A row is a last dimension; a vector has one.
    public func decode(row: Int, into destination: UnsafeMutableBufferPointer<Float>) {
        precondition((0..<rows).contains(row), "Row \(row) of \(name) was asked for; it has \(rows).")
        precondition(
            destination.count >= columns, "A row of \(name) needs \(columns) numbers, not \(destination.count).")
        decode(rows: row..<row + 1, into: destination)
    }

    /// Decodes row `row` into the first ``columns`` numbers of `destination`.
    public func decode(row: Int, into destination: inout [Float]) {
        destination.withUnsafeMutableBufferPointer { decode(row: row, into: $0) }
    }

    /// All numbers, row by row.
    public func floats() -> [Float] {
        let count = rows * columns
        return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            decode(rows: 0..<rows, into: buffer)
            initialized = count
        }
    }

    private func decode(rows range: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>) {
        // The initialiser made sure that there are as many bytes as rows and columns need.
        guard let target = destination.baseAddress, rows > 0, columns > 0 else { return }
        let rowByteCount = bytes.count / rows
        bytes.withUnsafeBytes { source in
            guard let base = source.baseAddress else { return }
            BlockDecoder.decode(
                format, base + range.lowerBound * rowByteCount,
                blockCount: range.count * (columns / format.blockLength), into: target)
        }
    }
}
