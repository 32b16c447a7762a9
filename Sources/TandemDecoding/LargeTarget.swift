public import TandemMath
public import TandemModels

/// The real large model as a ``Target``: weights that many may share, and the caches of the conversations with it.
public final class LargeTarget: Target {
    /// How many tokens the model has.
    public var vocabularyCount: Int { model.configuration.vocabularyCount }
    /// How many tokens a conversation can have.
    public let contextLength: Int
    private let model: LargeModel
    private let pool: ComputePool
    private let scratch: ModelScratch
    private var caches: [Int: KeyValueCache] = [:]
    private var nextNumber = 0

    /// A target.
    ///
    /// - Parameters:
    ///   - model: The weights.
    ///   - contextLength: How many tokens a conversation may have; at most what the model was trained for.
    ///   - pool: Threads for the passes.
    public init(_ model: LargeModel, contextLength: Int, pool: ComputePool) {
        precondition(contextLength > 0, "A context must have room for a token.")
        self.model = model
        self.contextLength = min(contextLength, model.configuration.contextLength)
        self.pool = pool
        scratch = ModelScratch(model.configuration)
    }

    /// Memories in use.
    public var openCount: Int { caches.count }

    /// Begins an empty memory. Its bytes come as it fills.
    public func open() -> TargetMemory {
        defer { nextNumber += 1 }
        caches[nextNumber] = model.makeCache(capacity: contextLength)
        return TargetMemory(number: nextNumber)
    }

    /// Gives a memory back.
    public func close(_ memory: TargetMemory) { caches[memory.number] = nil }

    /// A memory of the first `count` tokens of another. Its full pages are shared.
    public func fork(_ memory: TargetMemory, count: Int) -> TargetMemory? {
        defer { nextNumber += 1 }
        caches[nextNumber] = cache(memory).fork(count: count)
        return TargetMemory(number: nextNumber)
    }

    /// Forgets all but the first `count` tokens.
    public func keep(_ count: Int, in memory: TargetMemory) { cache(memory).truncate(to: count) }

    /// Reads several spans in one pass over the weights.
    ///
    /// - Throws: `ModelError`, with nothing changed.
    public func read(_ spans: [TargetSpan], capturing states: Set<Int>) throws -> TargetReading {
        let modelSpans = spans.map { span in
            ModelSpan(cache: cache(span.memory), tokens: span.tokens, logits: logitRows(span))
        }
        let output = try model.forward(modelSpans, capturing: states, scratch: scratch, pool: pool)
        return TargetReading(logits: output.logits, hiddenStates: output.hiddenStates)
    }

    private func cache(_ memory: TargetMemory) -> KeyValueCache {
        guard let cache = caches[memory.number] else {
            preconditionFailure("A memory was used after it was closed.")
        }
        return cache
    }

    private func logitRows(_ span: TargetSpan) -> LogitRows {
        switch span.logitCount {
        case 0: return .none
        case span.tokens.count: return .all
        case 1: return .last
        default: preconditionFailure("Logits are for no token, the last one, or all, not for \(span.logitCount).")
        }
    }
}
