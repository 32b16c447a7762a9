import TandemMath
import TandemModels

/// A causal transformer that drafts without a large model's states: a model of its own, or a small model that was trained
/// without memory.
enum OrdinaryModel {
    case large(LargeModel, ModelScratch)
    case small(SmallModel, SmallScratch)

    enum Cache {
        case large(KeyValueCache)
        case small(TandemCache)

        var byteCount: Int {
            switch self {
            case .large(let cache): cache.byteCount
            case .small(let cache): cache.byteCount
            }
        }

        func fork(count: Int) -> Cache {
            switch self {
            case .large(let cache): .large(cache.fork(count: count))
            case .small(let cache): .small(cache.fork(count: count))
            }
        }

        func truncate(to count: Int) {
            switch self {
            case .large(let cache): cache.truncate(to: count)
            case .small(let cache): cache.truncate(to: count)
            }
        }
    }

    var columns: DraftColumns {
        switch self {
        case .large(let model, _): DraftColumns(DraftVocabulary(whole: model.configuration.vocabularyCount))
        case .small(let model, _): DraftColumns(model.configuration.draftVocabulary)
        }
    }

    func makeDynamicVocabulary(limit: Int) -> DynamicVocabulary? {
        switch self {
        case .large: nil
        case .small(let model, _): model.makeDynamicVocabulary(limit: limit)
        }
    }

    func makeCache(capacity: Int) -> Cache {
        switch self {
        case .large(let model, _): .large(model.makeCache(capacity: capacity))
        case .small(let model, _): .small(model.makeCache(capacity: capacity))
        }
    }

    /// Reads the tokens of all spans; logits of the last token of each.
    func read(_ spans: [(cache: Cache, tokens: [Int], extra: DynamicVocabulary?)], pool: ComputePool) throws -> Matrix {
        switch self {
        case .large(let model, let scratch):
            let spans = spans.compactMap { cache, tokens, _ in
                if case .large(let cache) = cache { ModelSpan(cache: cache, tokens: tokens) } else { nil }
            }
            return try model.forward(spans, scratch: scratch, pool: pool).logits
        case .small(let model, let scratch):
            let spans = spans.compactMap { cache, tokens, extra in
                if case .small(let cache) = cache {
                    SmallSpan(cache: cache, tokens: tokens, extra: extra)
                } else {
                    nil
                }
            }
            return try model.forward(spans, scratch: scratch, pool: pool).logits
        }
    }
}
