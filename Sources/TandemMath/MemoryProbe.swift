internal import CTandemKernels

/// A block of memory that is read as fast as the machine can: what a pass over as many bytes of weights cannot beat.
///
/// The bound depends on the size, because caches keep part of what was read last. So make it as large as the weights:
///
///     let probe = MemoryProbe(byteCount: model.weightByteCount)
///     probe.read(pool: pool)   // once to warm up, then by the clock
public final class MemoryProbe: @unchecked Sendable {
    // Unchecked, because nobody writes after `init`.
    private let storage: AlignedStorage
    private static let chunkByteCount = 1 << 18

    /// Memory of at least 4 bytes, every page of it touched.
    public init(byteCount: Int) {
        storage = AlignedStorage(byteCount: max(4, byteCount / 4 * 4))
        let words = storage.base.assumingMemoryBound(to: UInt32.self)
        // Pages that were never written may all be one and the same page of zeros.
        for index in stride(from: 0, to: storage.byteCount / 4, by: 16) {
            words[index] = UInt32(truncatingIfNeeded: index)
        }
    }

    /// Bytes that one reading reads.
    public var byteCount: Int { storage.byteCount }

    /// Reads everything once, on all threads. The result is a checksum, so that no compiler leaves the work out.
    @discardableResult
    public func read(pool: ComputePool) -> UInt32 {
        let words = storage.base.assumingMemoryBound(to: UInt32.self)
        let perChunk = Self.chunkByteCount / 4
        let count = byteCount / 4
        let chunkCount = (count + perChunk - 1) / perChunk
        let folded = AlignedStorage(byteCount: chunkCount * 4)
        let sums = folded.base.assumingMemoryBound(to: UInt32.self)
        pool.run(chunkCount: chunkCount) { chunk in
            let start = chunk * perChunk
            sums[chunk] = tk_fold_words(words + start, min(perChunk, count - start))
        }
        return withExtendedLifetime(folded) { (0..<chunkCount).reduce(0) { $0 ^ sums[$1] } }
    }
}
