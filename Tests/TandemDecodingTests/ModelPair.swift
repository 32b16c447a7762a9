import TandemDecoding
import TandemMath
import TandemModels
import TandemTestSupport

/// A tiny large model with small ones beside it, all of random weights.
struct ModelPair {
    static let vocabularyCount = 40
    static let contextLength = 90

    let large: LargeModel
    let pool: ComputePool

    init(threads: Int = 1, format: TensorFormat = .float32) throws {
        pool = ComputePool(threadCount: threads)
        let configuration = try TransformerConfiguration(
            architecture: .llama, vocabularyCount: Self.vocabularyCount, width: 32, layerCount: 2, headCount: 4,
            keyValueHeadCount: 2, feedForwardWidth: 64, contextLength: Self.contextLength)
        large = try LargeModel(RandomModel(configuration, format: format, seed: 3), pool: pool)
    }

    func target() -> LargeTarget { LargeTarget(large, contextLength: Self.contextLength, pool: pool) }

    /// A small model that was never trained. With the large one's head, its conversations add rows of it.
    func small(
        _ memory: TandemConfiguration.Memory = .fused(states: [1, 2]), addsLastState: Bool = false,
        head: TandemConfiguration.Head = .own, draftTokens: [Int]? = nil, seed: UInt64 = 5,
        format: TensorFormat = .float32
    ) throws -> SmallModel {
        let small = try TransformerConfiguration(
            architecture: .llama, vocabularyCount: Self.vocabularyCount, width: 32, layerCount: 1, headCount: 2,
            keyValueHeadCount: 1, feedForwardWidth: 32, contextLength: Self.contextLength)
        let configuration = try TandemConfiguration(
            small: small, largeWidth: 32, largeLayerCount: 2, memory: memory, head: head, draftTokens: draftTokens,
            addsLastState: addsLastState)
        var weights = configuration.makeWeights(seed: seed)
        if head == .large { weights[.head] = nil }
        return try SmallModel(configuration, weights: weights, large: large, form: .packed(format), pool: pool)
    }

    func tandem(_ small: SmallModel) -> TandemDraftModel {
        TandemDraftModel(small, contextLength: Self.contextLength, pool: pool)
    }
}
