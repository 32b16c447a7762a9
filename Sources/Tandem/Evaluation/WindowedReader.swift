public import TandemMath
public import TandemModels

/// Reads a long text in windows with a fresh context each and hands out the logits of every position.
///
/// A window is read in chunks, because logits of a whole one would take a hundred megabytes; the result does not depend
/// on it.
public struct WindowedReader {
    private let model: LargeModel
    private let pool: ComputePool
    private let scratch: ModelScratch
    private let chunkLength: Int

    /// Reads with `model` on `pool`.
    ///
    /// - Parameters:
    ///   - model: The weights.
    ///   - pool: Threads for the passes.
    ///   - chunkLength: Rows of logits that are in memory at once.
    public init(model: LargeModel, pool: ComputePool, chunkLength: Int = 64) {
        precondition(chunkLength > 0, "A chunk has at least one token.")
        self.model = model
        self.pool = pool
        self.chunkLength = chunkLength
        scratch = ModelScratch(model.configuration)
    }

    /// Cuts `tokens` into windows of `length` (the last one may be shorter) and reads each.
    ///
    /// - Parameters:
    ///   - tokens: What is read.
    ///   - length: Tokens in a window.
    ///   - body: Called for chunk after chunk with its range in `tokens`, the window that it lies in, and the logits of its
    ///     positions, which the next chunk overwrites.
    /// - Throws: `ModelError`, or what `body` throws.
    public func read(
        _ tokens: [Int], windowLength length: Int,
        _ body: (_ chunk: Range<Int>, _ window: Range<Int>, _ logits: Matrix) throws -> Void
    ) throws {
        precondition(length > 0, "A window has at least one token.")
        for start in stride(from: 0, to: tokens.count, by: length) {
            let window = start..<min(start + length, tokens.count)
            let cache = model.makeCache(capacity: window.count)
            for first in stride(from: start, to: window.upperBound, by: chunkLength) {
                let chunk = first..<min(first + chunkLength, window.upperBound)
                let span = ModelSpan(cache: cache, tokens: Array(tokens[chunk]), logits: .all)
                let output = try model.forward([span], scratch: scratch, pool: pool)
                try body(chunk, window, output.logits)
            }
        }
    }
}
