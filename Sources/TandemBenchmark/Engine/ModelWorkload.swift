public import TandemMath
public import TandemModels

/// The passes of a large model that a benchmark times: reading a prompt, decoding, a few rows at some depth, many
/// conversations at once.
///
/// Tokens are arbitrary but the same each time; decoding takes the likeliest token, as greedy generation does. What comes
/// before a measurement (filling a context) is not part of its time.
public final class ModelWorkload {
    private let model: LargeModel
    private let pool: ComputePool
    private let scratch: ModelScratch
    private let rowLimit: Int
    /// Contexts of a certain depth are filled once and cut back after each use.
    private var filled: [Int: KeyValueCache] = [:]

    /// Passes of `model` on `pool`.
    ///
    /// - Parameters:
    ///   - model: The weights.
    ///   - pool: Threads for the passes.
    ///   - rowLimit: Tokens that one pass of a long prompt reads at most.
    public init(model: LargeModel, pool: ComputePool, rowLimit: Int = 512) {
        precondition(rowLimit > 0, "A pass must be able to read a token.")
        self.model = model
        self.pool = pool
        self.rowLimit = rowLimit
        scratch = ModelScratch(model.configuration)
    }

    /// Reads a prompt of `count` tokens into an empty context.
    public func prefill(count: Int) throws -> Duration {
        let cache = model.makeCache(capacity: count)
        return try Duration.measuring { try read(tokens(count), into: cache) }
    }

    /// Chooses `count` tokens, one pass each, after a context of `depth`.
    public func decode(count: Int, depth: Int) throws -> Duration {
        let cache = try context(depth: depth, room: count)
        defer { cache.truncate(to: depth) }
        var token = tokens(1)[0]
        return try Duration.measuring {
            for _ in 0..<count {
                let output = try model.forward(
                    [ModelSpan(cache: cache, tokens: [token])], scratch: scratch, pool: pool)
                token = Kernels.argmax(output.logits, row: 0)
            }
        }
    }

    /// One pass over `rows` tokens of one conversation after a context of `depth`, logits of each row included.
    ///
    /// - Parameters:
    ///   - rows: Tokens that the pass reads.
    ///   - depth: Tokens before them.
    ///   - repetitions: How often; the result is for one.
    public func pass(rows: Int, depth: Int, repetitions: Int) throws -> Duration {
        precondition(rows > 0 && repetitions > 0, "A pass reads at least one row, at least once.")
        let cache = try context(depth: depth, room: rows)
        let span = ModelSpan(cache: cache, tokens: tokens(rows), logits: .all)
        // The pass before may have been of another kind: caches and branch predictors forget.
        _ = try model.forward([span], scratch: scratch, pool: pool)
        cache.truncate(to: depth)
        let total = try Duration.measuring {
            for _ in 0..<repetitions {
                _ = try model.forward([span], scratch: scratch, pool: pool)
                cache.truncate(to: depth)
            }
        }
        return total / repetitions
    }

    /// Chooses `count` tokens in each of `conversations` at once, after contexts of `depth`.
    public func decodeTogether(conversations: Int, count: Int, depth: Int) throws -> Duration {
        precondition(conversations > 0, "At least one conversation must be held.")
        let first = try context(depth: depth, room: count)
        let caches = (0..<conversations).map { _ in first.fork() }
        var next = tokens(conversations)
        return try Duration.measuring {
            for _ in 0..<count {
                let spans = zip(caches, next).map { ModelSpan(cache: $0, tokens: [$1]) }
                let output = try model.forward(spans, scratch: scratch, pool: pool)
                next = output.logitRows.map { Kernels.argmax(output.logits, row: $0.lowerBound) }
            }
        }
    }

    /// Bytes that a pass must read at least: all weights, and keys and values of the context.
    public func byteCountOfPass(depth: Int) -> Int {
        model.weightByteCount + model.cacheLayout.byteCount(positions: 1) / KeyValueLayout.pageLength * depth
    }

    private func context(depth: Int, room: Int) throws -> KeyValueCache {
        if let cache = filled[depth], cache.available >= room { return cache }
        let cache = model.makeCache(capacity: depth + max(room, 256))
        try read(tokens(depth), into: cache)
        filled[depth] = cache
        return cache
    }

    private func read(_ tokens: [Int], into cache: KeyValueCache) throws {
        for start in stride(from: 0, to: tokens.count, by: rowLimit) {
            let end = min(start + rowLimit, tokens.count)
            let span = ModelSpan(
                cache: cache, tokens: Array(tokens[start..<end]), logits: end == tokens.count ? .last : .none)
            _ = try model.forward([span], scratch: scratch, pool: pool)
        }
    }

    /// Arbitrary tokens, spread over the vocabulary.
    private func tokens(_ count: Int) -> [Int] {
        (0..<count).map { ($0 &* 7919 &+ 1009) % model.configuration.vocabularyCount }
    }
}
