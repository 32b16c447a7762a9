internal import CTandemKernels

/// The multiply-adds of dense products for their own sake, on numbers that never leave their registers: what training's
/// products (``Kernels``) cannot be faster than on this machine.
public enum ArithmeticProbe {
    /// Multiplies and adds, as long on every thread.
    ///
    /// - Parameters:
    ///   - steps: How long: a step is a few thousand instructions.
    ///   - pool: The threads.
    /// - Returns: How many multiply-adds that were, all threads together.
    @discardableResult
    public static func multiplyAdd(steps: Int, pool: ComputePool) -> Int {
        precondition(steps >= 0, "There cannot be \(steps) steps.")
        let lanes = 16
        let results = AlignedStorage(byteCount: pool.threadCount * lanes * MemoryLayout<Float>.stride)
        let sinks = results.base.assumingMemoryBound(to: Float.self)
        pool.run(chunkCount: pool.threadCount) { _ = tk_dense_peak(steps, sinks + $0 * lanes) }
        return withExtendedLifetime(results) { pool.threadCount * steps * perStep }
    }

    private static let perStep: Int = {
        var sink: Float = 0
        return tk_dense_peak(1, &sink)
    }()
}
