extension TensorData {
    /// Whether all numbers are finite.
    ///
    /// A block of whole numbers has finite numbers if its scale and its minimum are, and is not decoded.
    public var isFinite: Bool {
        switch format {
        case .q8_0, .q4_0, .q5_0: halvesAreFinite(perBlock: 1)
        case .q4_1, .q5_1: halvesAreFinite(perBlock: 2)
        case .float32, .float16, .bfloat16, .q4_K, .q5_K, .q6_K: numbersAreFinite
        }
    }

    /// Whether the half-precision numbers at the beginning of each block are.
    private func halvesAreFinite(perBlock count: Int) -> Bool {
        bytes.withUnsafeBytes { bytes in
            for block in stride(from: 0, to: bytes.count, by: format.blockByteCount) {
                for index in 0..<count {
                    let bits = bytes.loadUnaligned(fromByteOffset: block + 2 * index, as: UInt16.self)
                    if UInt16(littleEndian: bits) & 0x7C00 == 0x7C00 { return false }
                }
            }
            return true
        }
    }

    private var numbersAreFinite: Bool {
        var numbers = [Float](repeating: 0, count: columns)
        for row in 0..<rows {
            decode(row: row, into: &numbers)
            guard numbers.allSatisfy(\.isFinite) else { return false }
        }
        return true
    }
}
