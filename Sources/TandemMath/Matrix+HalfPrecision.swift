/// Rows in half precision: how files keep hidden states.
extension Matrix {
    /// A row, each number rounded to half precision, little-endian.
    public func halfPrecisionBytes(row: Int) -> [UInt8] {
        precondition(row >= 0 && row < rows, "There is no row \(row) among \(rows).")
        let numbers = pointer(row: row)
        return [UInt8](unsafeUninitializedCapacity: 2 * columns) { buffer, initialized in
            for column in 0..<columns {
                let bits = numbers[column].halfPrecisionBits
                buffer[2 * column] = UInt8(truncatingIfNeeded: bits)
                buffer[2 * column + 1] = UInt8(truncatingIfNeeded: bits >> 8)
            }
            initialized = 2 * columns
        }
    }

    /// Overwrites a row with half-precision numbers from `position` on; false if they are not all there.
    public func setRow(_ row: Int, toHalfPrecision bytes: MappedBytes, at position: Int) -> Bool {
        precondition(row >= 0 && row < rows, "There is no row \(row) among \(rows).")
        guard let part = bytes.slice(at: position, count: 2 * columns) else { return false }
        let numbers = pointer(row: row)
        part.withUnsafeBytes { source in
            for column in 0..<columns {
                let bits = source.loadUnaligned(fromByteOffset: 2 * column, as: UInt16.self)
                numbers[column] = Float(halfPrecisionBits: UInt16(littleEndian: bits))
            }
        }
        return true
    }
}
