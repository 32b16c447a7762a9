/// One block of memory for the weights of a model, handed out piece by piece, so that they lie side by side in huge pages.
public final class WeightArena: @unchecked Sendable {
    // Unchecked, because pieces are handed out before anything runs in parallel, and never overlap.
    private let storage: AlignedStorage
    private var used = 0

    /// Reserves room for `byteCount` bytes of packed weights (the sum of ``WeightMatrix/packedByteCount(of:)``).
    public init(byteCount: Int) { storage = AlignedStorage(byteCount: byteCount) }

    /// Bytes that the arena holds.
    public var byteCount: Int { storage.byteCount }

    func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        precondition(byteCount <= storage.byteCount - used, "The arena was reserved for fewer weights.")
        defer { used += byteCount }
        return storage.base + used
    }
}
