import TandemMath
import TandemModels
import TandemTestSupport
import Testing

/// A small model that is made of the large one's parts begins by doing what those parts did.
struct WarmStartTests {
    private static let tokens = randomTokens(23, seed: 8)
    private static let text = (0..<9).map { randomTokens(5, seed: UInt64(40 + $0)) }

    private static func configuration(
        of large: LargeModel, layers: Int, memory: TandemConfiguration.Memory = .perLayer(.topAligned),
        embedding: TandemConfiguration.Embedding = .large(projected: true), head: TandemConfiguration.Head = .large,
        width: Int? = nil, feedForwardWidth: Int? = nil, draftTokens: [Int]? = nil, addsLastState: Bool = false
    ) throws -> TandemConfiguration {
        let shape = large.configuration
        // As a preset has it: mistral's layers are llama's.
        let architecture: Architecture = shape.architecture == .mistral ? .llama : shape.architecture
        return try TandemConfiguration(
            small: TransformerConfiguration(
                architecture: architecture, vocabularyCount: shape.vocabularyCount, width: width ?? shape.width,
                layerCount: layers, headCount: shape.headCount, keyValueHeadCount: shape.keyValueHeadCount,
                headWidth: shape.headWidth, feedForwardWidth: feedForwardWidth ?? shape.feedForwardWidth,
                contextLength: shape.contextLength, normEpsilon: shape.normEpsilon, rotaryBase: shape.rotaryBase,
                rotaryScaling: shape.rotaryScaling, hasAttentionBias: shape.hasAttentionBias,
                hasQueryKeyNorm: shape.hasQueryKeyNorm),
            largeWidth: shape.width, largeLayerCount: shape.layerCount, memory: memory, embedding: embedding,
            head: head, draftTokens: draftTokens, addsLastState: addsLastState)
    }

    @Test(
        arguments: TinyModel.exact,
        [
            BlockSchedule.whole, .fixed(length: 1), .fixed(length: 4), .fixed(length: 5, offset: 2),
            // These begin at 0, 1, 2, 9 and 16.
            .drawn(lengths: 1...7, count: 23, seed: 15_095),
        ])
    func `with all layers and an exact input it is the large model, wherever blocks begin`(
        _ tiny: TinyModel, blocks: BlockSchedule
    ) throws {
        let reader = try tiny.load(threads: 2)
        let configuration = try Self.configuration(of: reader.model, layers: 3, embedding: .large(projected: false))
        let weights = try WarmStart.weights(configuration, from: reader.model, fitting: [], seed: 1, pool: reader.pool)
        let small = try SmallModel(
            configuration, weights: weights, large: reader.model, form: .packed(.float32), pool: reader.pool)
        let output = try reader.model.forward(
            [ModelSpan(cache: reader.model.makeCache(capacity: 23), tokens: Self.tokens, logits: .all)],
            capturing: configuration.capturedStates, scratch: reader.scratch, pool: reader.pool)
        let cache = small.makeCache(capacity: 23)
        let scratch = SmallScratch(configuration)
        try small.absorb(
            [MemorySpan(cache: cache, rows: 0..<23)], hiddenStates: output.hiddenStates, scratch: scratch,
            pool: reader.pool)
        let logits = try small.forward(
            [SmallSpan(cache: cache, tokens: Self.tokens, blocks: blocks)], logits: .all, scratch: scratch,
            pool: reader.pool
        ).logits
        // The same numbers, whose sums are cut where memory ends: some roundings of 2⁻²⁴.
        let difference = greatestDifference(logits.values, output.logits.values)
        #expect(difference < 1e-4)
    }

    @Test(arguments: TinyModel.all, [false, true])
    func `memory begins as the large model's own keys and values`(_ tiny: TinyModel, training: Bool) throws {
        let reader = try tiny.load(threads: 2)
        let depth = reader.model.configuration.layerCount
        for layers in Set([1, min(2, depth)]) {
            let configuration = try Self.configuration(of: reader.model, layers: layers)
            let weights = try WarmStart.weights(
                configuration, from: reader.model, fitting: Self.text, seed: 1, pool: reader.pool)
            let small = try SmallModel(
                configuration, weights: weights, large: reader.model, form: training ? .training : .packed(.float32),
                pool: reader.pool)
            let own = reader.model.makeCache(capacity: 23)
            let output = try reader.model.forward(
                [ModelSpan(cache: own, tokens: Self.tokens)], capturing: configuration.capturedStates,
                scratch: reader.scratch, pool: reader.pool)
            let cache = small.makeCache(capacity: 23)
            try small.absorb(
                [MemorySpan(cache: cache, rows: 0..<23)], hiddenStates: output.hiddenStates,
                scratch: SmallScratch(configuration), pool: reader.pool)
            for position in 0..<23 {
                let all = own.bits(position: position)
                let expected = all.suffix(all.count / depth * layers).map { Float(halfPrecisionBits: $0) }
                let found = cache.memoryBits(position: position).map { Float(halfPrecisionBits: $0) }
                let size = rootMeanSquare(expected)
                // The large model's activations in 8-bit codes (1/254 of a block's greatest), ours in bf16 at most (1/512).
                let difference = greatestDifference(found, expected)
                #expect(difference < 0.04 * size, "\(layers) layers, position \(position)")
            }
        }
    }

    @Test(arguments: TinyModel.exact) func `all of a layer is copied, biases and norms of heads included`(
        _ tiny: TinyModel
    ) throws {
        let reader = try tiny.load(threads: 2)
        let configuration = try Self.configuration(of: reader.model, layers: 2)
        let weights = try WarmStart.weights(
            configuration, from: reader.model, fitting: Self.text, seed: 1, pool: reader.pool)
        for (path, _) in tiny.source.configuration.parameters {
            guard case .layer(let source, let parameter) = path, source > 0 else { continue }
            let expected = try tiny.source.tensor(path).floats()
            #expect(weights[.layer(source - 1, parameter)]?.values == expected, "\(path)")
        }
    }

    @Test func `biases and norms of heads belong to architectures that have them`() throws {
        let shape = TinyModel.plain.source.configuration
        let wrong: [(Architecture, Bool, Bool)] = [
            (.llama, true, false), (.llama, false, true), (.qwen2, false, false), (.qwen3, true, true),
        ]
        for (architecture, hasBias, hasNorm) in wrong {
            let small = try TransformerConfiguration(
                architecture: architecture, vocabularyCount: 50, width: 64, layerCount: 1, headCount: 4,
                keyValueHeadCount: 2, feedForwardWidth: 96, contextLength: 64, hasAttentionBias: hasBias,
                hasQueryKeyNorm: hasNorm)
            #expect(throws: ConfigurationError.self) {
                try TandemConfiguration(
                    small: small, largeWidth: shape.width, largeLayerCount: shape.layerCount, memory: .none)
            }
        }
    }

    @Test func `layers are copied from where their memory is tapped`() throws {
        let reader = try TinyModel.plain.load()
        let explicit: TandemConfiguration = try Self.configuration(
            of: reader.model, layers: 2, memory: .perLayer(.explicit([0, 3])))
        #expect(WarmStart.sourceLayers(explicit, largeLayerCount: 3) == [0, 2])
        for memory in [TandemConfiguration.Memory.none, .perLayer(.uniform), .fused(states: [1, 3])] {
            let configuration = try Self.configuration(of: reader.model, layers: 2, memory: memory)
            #expect(WarmStart.sourceLayers(configuration, largeLayerCount: 3) == [1, 2])
        }
        let weights = try WarmStart.weights(
            explicit, from: reader.model, fitting: Self.text, seed: 1, pool: reader.pool)
        for (layer, source) in [(0, 0), (1, 2)] {
            for parameter in [LayerParameter.query, .value, .attentionOutput, .gate, .down, .feedForwardNorm] {
                let tensor = try TinyModel.plain.source.tensor(.layer(source, parameter))
                #expect(weights[.layer(layer, parameter)]?.values == tensor.floats())
            }
        }
    }

    @Test(
        arguments: [
            TandemConfiguration.Memory.none, .perLayer(.topAligned), .perLayer(.proportional),
            .fused(states: [0, 2, 3]),
        ], [TandemConfiguration.Embedding.own, .large(projected: true), .large(projected: false)])
    func `every kind of small model gets a start`(
        memory: TandemConfiguration.Memory, embedding: TandemConfiguration.Embedding
    ) throws {
        let reader = try TinyModel.plain.load(threads: 2)
        let configuration = try Self.configuration(
            of: reader.model, layers: 2, memory: memory, embedding: embedding, draftTokens: [7, 49, 0],
            addsLastState: memory != .none)
        let weights = try WarmStart.weights(
            configuration, from: reader.model, fitting: Self.text, seed: 3, pool: reader.pool)
        #expect(Set(weights.keys) == Set(configuration.parameters.map(\.parameter)))
        #expect(weights.values.allSatisfy { $0.isFinite })
        let output = try TinyModel.plain.source.tensor(.output).floats()
        let rows: [[Float]] = [7, 49, 0].map { (row: Int) in Array(output[row * 64..<(row + 1) * 64]) }
        let expected: [Float] = Array(rows.joined())
        #expect(weights[.head]?.values == expected)
        let again = try WarmStart.weights(
            configuration, from: reader.model, fitting: Self.text, seed: 3, pool: ComputePool(threadCount: 1))
        for (parameter, matrix) in weights {
            #expect(again[parameter]?.values == matrix.values, "\(parameter) depends on threads")
        }
        let small = try SmallModel(
            configuration, weights: weights, large: reader.model, form: .packed(.q8_0), pool: reader.pool)
        let cache = small.makeCache(capacity: 9)
        let logits = try small.forward(
            [SmallSpan(cache: cache, tokens: [1, 2, 3])], scratch: SmallScratch(configuration), pool: reader.pool
        ).logits
        #expect(logits.rows == 1 && logits.columns == 3 && logits.isFinite)
    }

    @Test func `what has another shape begins at random`() throws {
        let reader = try TinyModel.plain.load()
        let narrow = try Self.configuration(of: reader.model, layers: 2, head: .own, width: 32)
        let start = try WarmStart.weights(narrow, from: reader.model, fitting: [], seed: 5, pool: reader.pool)
        for (parameter, matrix) in narrow.makeWeights(seed: 5) {
            #expect(start[parameter]?.values == matrix.values)
        }
        let slim = try Self.configuration(of: reader.model, layers: 2, feedForwardWidth: 32)
        let mixed = try WarmStart.weights(slim, from: reader.model, fitting: Self.text, seed: 5, pool: reader.pool)
        let random = slim.makeWeights(seed: 5)
        #expect(mixed[.layer(1, .up)]?.values == random[.layer(1, .up)]?.values)
        let key = try TinyModel.plain.source.tensor(.layer(2, .key)).floats()
        #expect(mixed[.layer(1, .key)]?.values == key)
    }

    /// With one layer copied from the very first, the state to be reached is the embedding itself.
    @Test func `a state that the embedding determines is reached`() throws {
        let reader = try TinyModel.plain.load(threads: 2)
        let configuration = try Self.configuration(
            of: reader.model, layers: 1, memory: .perLayer(.explicit([0])), addsLastState: true)
        let weights = try WarmStart.weights(
            configuration, from: reader.model, fitting: (0..<20).map { randomTokens(40, seed: $0) }, seed: 3,
            pool: reader.pool)
        let input = try #require(weights[.inputProjection])
        let table = try TinyModel.plain.source.tensor(.embedding).floats()
        for token in [0, 20, 49] {
            let row = Array(table[token * 64..<(token + 1) * 64])
            let size = rootMeanSquare(row)
            for channel in 0..<64 {
                var found: Float = 0
                for (weight, number) in zip(input.row(channel), row) { found += weight * number / size }
                // The typical size stands for each row's own (they are within a fifth), and the penalty takes a little.
                let bound = 0.3 * max(abs(row[channel]), 0.5)
                #expect(abs(found - row[channel]) < bound)
            }
        }
        let last = try #require(weights[.lastState]).values
        #expect(
            greatestDifference(last, last.map { _ in 0 }) < 0.05, "The last state says nothing about the embedding.")
    }

    @Test func `pairs and texts that do not fit are refused`() throws {
        let reader = try TinyModel.plain.load()
        let configuration = try Self.configuration(of: reader.model, layers: 2)
        func refused(_ configuration: TandemConfiguration, _ tokens: [[Int]]) {
            #expect(throws: (any Error).self) {
                try WarmStart.weights(configuration, from: reader.model, fitting: tokens, seed: 1, pool: reader.pool)
            }
        }
        refused(configuration, [])
        refused(configuration, [[], []])
        refused(configuration, [[1, 50]])
        refused(configuration, [[Int](repeating: 1, count: 513)])
        let other = try TransformerConfiguration(
            architecture: .llama, vocabularyCount: 51, width: 64, layerCount: 1, headCount: 4, keyValueHeadCount: 2,
            feedForwardWidth: 96, contextLength: 512)
        refused(
            try TandemConfiguration(small: other, largeWidth: 64, largeLayerCount: 3, memory: .none), [[1, 2]])
    }

    @Test func `a state makes the same memory normalised and in half precision`() throws {
        let reader = try TinyModel.plain.load(threads: 2)
        let configuration = try Self.configuration(of: reader.model, layers: 2, addsLastState: true)
        let weights = try WarmStart.weights(
            configuration, from: reader.model, fitting: Self.text, seed: 1, pool: reader.pool)
        let small = try SmallModel(
            configuration, weights: weights, large: reader.model, form: .packed(.float32), pool: reader.pool)
        let output = try reader.model.forward(
            [ModelSpan(cache: reader.model.makeCache(capacity: 23), tokens: Self.tokens)],
            capturing: configuration.capturedStates, scratch: reader.scratch, pool: reader.pool)
        var stored: [Int: Matrix] = [:]
        for (state, matrix) in output.hiddenStates {
            // As large models have it.
            matrix.setRow(0, to: matrix.row(0).map { $0 * 100 })
            let copy = Matrix(rows: matrix.rows, columns: matrix.columns)
            TappedStates.normalize(matrix.allRows, epsilon: 1e-5, into: copy, pool: reader.pool)
            for row in 0..<copy.rows {
                copy.setRow(row, to: copy.row(row).map { Float(halfPrecisionBits: $0.halfPrecisionBits) })
            }
            stored[state] = copy
        }
        func draft(_ hidden: [Int: Matrix]) throws -> (memory: [[Float]], logits: [Float]) {
            let cache = small.makeCache(capacity: 30)
            let scratch = SmallScratch(configuration)
            try small.absorb(
                [MemorySpan(cache: cache, rows: 0..<23)], hiddenStates: hidden, scratch: scratch, pool: reader.pool)
            cache.beginBlock()
            let logits = try small.forward(
                [SmallSpan(cache: cache, tokens: [4, 5])], logits: .all, scratch: scratch, pool: reader.pool
            ).logits.values
            return (
                (0..<23).map { cache.memoryBits(position: $0).map { Float(halfPrecisionBits: $0) } }, logits
            )
        }
        let (raw, kept) = (try draft(output.hiddenStates), try draft(stored))
        for position in 0..<23 {
            // 64 inputs, each off by 2⁻¹¹ of itself, and both results rounded to half precision.
            #expect(greatestDifference(raw.memory[position], kept.memory[position]) < 0.006)
        }
        #expect(greatestDifference(raw.logits, kept.logits) < 0.02)
    }
}
