extension TensorData {
    /// The same tensor with its rows in another order: row `r` of the result is row `order[r]` of this one.
    ///
    /// Rows are whole blocks, so they move without being decoded. For a vector the numbers themselves move, which is
    /// possible where a block is one number.
    ///
    /// - Throws: ``TensorDataError`` if `order` is not as long as the tensor or names a row outside, or if a vector's
    ///   numbers share blocks.
    public func reorderingRows(_ order: [Int]) throws -> TensorData {
        let unitCount = shape.count > 1 ? rows : columns
        guard order.count == unitCount, order.allSatisfy({ (0..<unitCount).contains($0) }) else {
            throw TensorDataError(message: "\(name) has \(unitCount) rows; the order given for them does not fit.")
        }
        guard shape.count > 1 || format.blockLength == 1 else {
            throw TensorDataError(
                message:
                    "\(name) is a vector in \(format.rawValue), whose numbers share blocks and cannot be reordered.")
        }
        guard unitCount > 0 else { return self }
        let unit = bytes.count / unitCount
        let reordered = [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, initialized in
            bytes.withUnsafeBytes { source in
                guard let from = source.baseAddress, let to = buffer.baseAddress else { return }
                for (row, origin) in order.enumerated() {
                    UnsafeMutableRawPointer(to + row * unit).copyMemory(from: from + origin * unit, byteCount: unit)
                }
            }
            initialized = bytes.count
        }
        return try TensorData(name: name, format: format, shape: shape, bytes: MappedBytes(reordered))
    }
}
