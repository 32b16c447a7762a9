import TandemMath
import TandemModels
import TandemTestSupport
import Testing

/// One model cut in two: the first layers read blocks, the last ones write.
struct DeepTandemTests {
    private struct Pair {
        let whole: Reader
        let first: LargeModel
        let last: SmallModel
        let configuration: TandemConfiguration

        init(form: SmallModel.Form) throws {
            let source = TinyModel.plain.source
            whole = try Reader(source, threads: 2)
            first = try LargeModel(LeadingLayers(source, count: 1), pool: whole.pool)
            configuration = try TandemConfiguration.deep(cutting: source.configuration, after: 1)
            let weights = try WarmStart.weights(
                configuration, from: whole.model, fitting: (0..<9).map { randomTokens(5, seed: $0) }, seed: 1,
                pool: whole.pool)
            last = try SmallModel(configuration, weights: weights, large: first, form: form, pool: whole.pool)
        }
    }

    @Test func `the first layers are those of the whole model, and so are the last ones to begin with`() throws {
        let pair = try Pair(form: .packed(.float32))
        #expect(pair.first.configuration.layerCount == 1 && pair.configuration.small.layerCount == 2)
        #expect(pair.configuration.capturedStates == [1])
        #expect(WarmStart.sourceLayers(pair.configuration, largeLayerCount: 3) == [1, 2])
        let tokens = randomTokens(12, seed: 3)
        let expected = try pair.whole.model.forward(
            [ModelSpan(cache: pair.whole.model.makeCache(capacity: 12), tokens: tokens)], capturing: [1],
            scratch: pair.whole.scratch, pool: pair.whole.pool)
        let state = expected.hiddenStates[1]?.values
        let found = try pair.first.forward(
            [ModelSpan(cache: pair.first.makeCache(capacity: 12), tokens: tokens, logits: .none)], capturing: [1],
            scratch: ModelScratch(pair.first.configuration), pool: pair.whole.pool)
        #expect(found.hiddenStates[1]?.values == state)
    }

    @Test(arguments: [SmallModel.Form.training, .packed(.float32)]) func `it writes with the bits of its training pass`(
        form: SmallModel.Form
    ) throws {
        let pair = try Pair(form: form)
        let pool = pair.whole.pool
        let (reading, writing) = (pair.first.makeCache(capacity: 12), pair.last.makeCache(capacity: 12))
        let (readScratch, writeScratch) = (ModelScratch(pair.first.configuration), SmallScratch(pair.configuration))
        // Stand-alone and greedy, in blocks of two; the first layers read a block when it is written.
        var text = [5]
        var block: [Int] = []
        var logits: [[Float]] = []
        while logits.count < 10 {
            let next = text[text.count - 1]
            let row = try pair.last.forward(
                [SmallSpan(cache: writing, tokens: [next])], scratch: writeScratch, pool: pool
            ).logits
            block.append(next)
            logits.append(row.row(0))
            text.append(Kernels.argmax(row, row: 0))
            if block.count == 2 {
                let states = try pair.first.forward(
                    [ModelSpan(cache: reading, tokens: block, logits: .none)], capturing: [1], scratch: readScratch,
                    pool: pool
                ).hiddenStates
                try pair.last.absorb(
                    [MemorySpan(cache: writing, rows: 0..<2)], hiddenStates: states, scratch: writeScratch, pool: pool)
                writing.beginBlock()
                block = []
            }
        }
        // Training: both parts read the whole sequence in one pass each.
        let tokens = Array(text[..<10])
        let states = try pair.first.forward(
            [ModelSpan(cache: pair.first.makeCache(capacity: 10), tokens: tokens, logits: .none)], capturing: [1],
            scratch: readScratch, pool: pool
        ).hiddenStates
        let cache = pair.last.makeCache(capacity: 10)
        try pair.last.absorb(
            [MemorySpan(cache: cache, rows: 0..<10)], hiddenStates: states, scratch: writeScratch, pool: pool)
        let trained = try pair.last.forward(
            [SmallSpan(cache: cache, tokens: tokens, blocks: .fixed(length: 2))], logits: .all, scratch: writeScratch,
            pool: pool
        ).logits
        #expect((0..<10).map { trained.row($0) } == logits)
    }

    @Test func `a cut that leaves a part without layers is refused`() throws {
        let shape = TinyModel.plain.source.configuration
        for cut in [-1, 0, 3, 4] {
            #expect(throws: ConfigurationError.self) { try TandemConfiguration.deep(cutting: shape, after: cut) }
        }
        #expect(throws: ConfigurationError.self) { try LeadingLayers(TinyModel.plain.source, count: 4) }
    }
}
