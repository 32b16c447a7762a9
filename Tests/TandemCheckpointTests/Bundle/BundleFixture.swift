import TandemCheckpoint
import TandemMath
import TandemModels
import TandemTestSupport

/// A tiny large model and a bundle for it.
struct BundleFixture {
    let pool = ComputePool(threadCount: 1)
    let large: LargeModel
    var contents: BundleContents

    init(
        memory: TandemConfiguration.Memory = .perLayer(.topAligned),
        embedding: TandemConfiguration.Embedding = .large(projected: true), head: TandemConfiguration.Head = .large,
        draftTokens: [Int]? = [3, 30, 7, 41], addsLastState: Bool = true, storage: BundleStorage = .float32,
        scaling: RotaryScaling = .none, architecture: Architecture = .llama, seed: UInt64 = 1
    ) throws {
        func shape(_ layerCount: Int, _ scaling: RotaryScaling = .none) throws -> TransformerConfiguration {
            try TransformerConfiguration(
                architecture: architecture, vocabularyCount: 50, width: 64, layerCount: layerCount, headCount: 4,
                keyValueHeadCount: 2, feedForwardWidth: 96, contextLength: 128, rotaryScaling: scaling,
                hasAttentionBias: architecture == .qwen2, hasQueryKeyNorm: architecture == .qwen3)
        }
        large = try LargeModel(RandomModel(shape(3), seed: seed), pool: pool)
        let configuration = try TandemConfiguration(
            small: shape(2, scaling), largeWidth: 64, largeLayerCount: 3, memory: memory, embedding: embedding,
            head: head, draftTokens: draftTokens, addsLastState: addsLastState && memory != .none)
        contents = BundleContents(
            name: "tiny", configuration: configuration, weights: configuration.makeWeights(seed: 7), storage: storage,
            large: LargeModelIdentity(large, name: "A tiny model", quantization: "F32"), tokenizerFingerprint: "0123")
    }

    /// The logits that a model gives after a few tokens, to compare two.
    func logits(_ small: SmallModel) throws -> [Float] {
        let output = try large.forward(
            [ModelSpan(cache: large.makeCache(capacity: 16), tokens: [1, 2, 3, 4, 5, 6])],
            capturing: small.configuration.capturedStates, scratch: ModelScratch(large.configuration), pool: pool)
        let cache = small.makeCache(capacity: 16)
        let scratch = SmallScratch(small.configuration)
        try small.absorb(
            [MemorySpan(cache: cache, rows: 0..<6)], hiddenStates: output.hiddenStates, scratch: scratch, pool: pool)
        cache.beginBlock()
        return try small.forward(
            [SmallSpan(cache: cache, tokens: [7, 8, 9])], logits: .all, scratch: scratch, pool: pool
        ).logits.values
    }
}
