extension MappedBytes {
    /// A copy of pieces of two in turn: `firstLength` bytes of `first`, `secondLength` of `second`, and so on, as many
    /// pieces as both have.
    public init(
        interleaving first: MappedBytes, by firstLength: Int, with second: MappedBytes, by secondLength: Int
    ) {
        precondition(firstLength > 0 && secondLength > 0, "Pieces have at least one byte.")
        let length = firstLength + secondLength
        let pieceCount = min(first.count / firstLength, second.count / secondLength)
        self.init(
            [UInt8](unsafeUninitializedCapacity: pieceCount * length) { buffer, initialized in
                first.withUnsafeBytes { first in
                    second.withUnsafeBytes { second in
                        guard let first = first.baseAddress, let second = second.baseAddress,
                            let base = buffer.baseAddress
                        else { return }
                        for piece in 0..<pieceCount {
                            let target = UnsafeMutableRawPointer(base + piece * length)
                            target.copyMemory(from: first + piece * firstLength, byteCount: firstLength)
                            (target + firstLength).copyMemory(
                                from: second + piece * secondLength, byteCount: secondLength)
                        }
                    }
                }
                initialized = pieceCount * length
            })
    }
}
