public import TandemMath

/// What the machine itself can do: the bounds that figures of a model stand beside.
public struct MachineWorkload {
    private let pool: ComputePool
    private let probe: MemoryProbe

    /// Prepares the memory.
    ///
    /// - Parameters:
    ///   - byteCount: How much memory to read: as many bytes as a pass over the weights reads, because caches keep part of
    ///     what was read last.
    ///   - pool: The threads that read.
    public init(byteCount: Int, pool: ComputePool) {
        self.pool = pool
        probe = MemoryProbe(byteCount: byteCount)
    }

    /// Bytes a second that all threads read together, the median of a few readings.
    public func readBandwidth(readings: Int = 5) -> Double {
        let rates = (0..<readings).map { _ in
            Double(probe.byteCount) / Duration.measuring { probe.read(pool: pool) }.inSeconds
        }
        return Series.median(of: rates) ?? 0
    }

    /// How long a region of work with nothing to do takes, from fork to join, when the threads are awake.
    public func forkJoin(repetitions: Int = 2_000) -> Duration {
        let chunkCount = pool.threadCount
        pool.run(chunkCount: chunkCount) { _ in }
        let total = Duration.measuring {
            for _ in 0..<repetitions { pool.run(chunkCount: chunkCount) { _ in } }
        }
        return total / repetitions
    }
}
