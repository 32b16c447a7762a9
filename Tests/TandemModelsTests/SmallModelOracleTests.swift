import TandemMath
import TandemModels
import TandemTestSupport
import Testing

/// A pair so small that every weight's slope can be taken in double precision, and everything that a pass needs.
struct TinyPair {
    let configuration: TandemConfiguration
    let weights: [SmallParameter: Matrix]
    let hidden: [Int: Matrix]
    let tokens: [Int]
    let reader: Reader

    init(
        memory: TandemConfiguration.Memory, embedding: TandemConfiguration.Embedding = .own, addsLastState: Bool = true,
        architecture: Architecture = .llama, count: Int = 9
    ) throws {
        reader = try TinyModel.plain.load(threads: 2)
        let small = try TransformerConfiguration(
            architecture: architecture, vocabularyCount: 50, width: 16, layerCount: 2, headCount: 4,
            keyValueHeadCount: 2, feedForwardWidth: 24, contextLength: 64,
            hasAttentionBias: architecture == .qwen2, hasQueryKeyNorm: architecture == .qwen3)
        configuration = try TandemConfiguration(
            small: small, largeWidth: 64, largeLayerCount: 3, memory: memory, embedding: embedding,
            addsLastState: addsLastState && memory != .none)
        var weights = configuration.makeWeights(seed: 5)
        var generator = SeededGenerator(seed: 9)
        for (parameter, matrix) in weights.sorted(by: { "\($0.key)" < "\($1.key)" }) where parameter.isVector {
            let mean = parameter.isNorm ? 1.0 : 0
            weights[parameter] = Matrix(
                rows: 1, columns: matrix.columns,
                values: (0..<matrix.columns).map { _ in Float(mean + 0.3 * generator.nextNormal()) })
        }
        self.weights = weights
        tokens = (0..<count).map { _ in generator.next(in: 0...49) }
        hidden = Dictionary(
            uniqueKeysWithValues: (0...3).map { state in
                let numbers = (0..<count * 64).map { _ in Float(generator.nextNormal()) }
                return (state, Matrix(rows: count, columns: 64, values: numbers))
            })
    }

    var oracle: SmallModelOracle {
        var oracle = SmallModelOracle(configuration, weights)
        let table = (try? TinyModel.plain.source.tensor(.embedding).floats().map(Double.init)) ?? []
        oracle.largeEmbedding = stride(from: 0, to: table.count, by: 64).map { Array(table[$0..<$0 + 64]) }
        return oracle
    }

    var states: [Int: [[Double]]] {
        hidden.mapValues { matrix in (0..<matrix.rows).map { matrix.row($0).map(Double.init) } }
    }

    func model(_ form: SmallModel.Form) throws -> SmallModel {
        try SmallModel(configuration, weights: weights, large: reader.model, form: form, pool: reader.pool)
    }

    func pass(_ model: SmallModel, _ blocks: BlockSchedule, _ scratch: SmallScratch) throws -> SmallOutput {
        let cache = model.makeCache(capacity: 64)
        try model.absorb(
            [MemorySpan(cache: cache, rows: 0..<tokens.count)], hiddenStates: hidden, scratch: scratch,
            pool: reader.pool)
        return try model.forward(
            [SmallSpan(cache: cache, tokens: tokens, blocks: blocks)], logits: .all, scratch: scratch, pool: reader.pool
        )
    }

    static let memories: [TandemConfiguration.Memory] = [
        .none, .perLayer(.topAligned), .perLayer(.explicit([3, 0])), .fused(states: [1, 3]),
    ]
}

struct SmallModelOracleTests {
    @Test(arguments: TinyPair.memories, [TandemConfiguration.Embedding.own, .large(projected: true)])
    func `the model is what its definition says, in training and folded`(
        memory: TandemConfiguration.Memory, embedding: TandemConfiguration.Embedding
    ) throws {
        try expectDefinition(of: TinyPair(memory: memory, embedding: embedding))
    }

    @Test(arguments: TinyPair.memories, [Architecture.qwen2, .qwen3])
    func `so it is with biases and with norms of heads`(
        memory: TandemConfiguration.Memory, architecture: Architecture
    ) throws {
        try expectDefinition(of: TinyPair(memory: memory, architecture: architecture))
    }

    private func expectDefinition(of pair: TinyPair) throws {
        // The last ones begin at 0, 1, 2 and 6.
        for blocks in [BlockSchedule.whole, .fixed(length: 3), .drawn(lengths: 1...4, count: 9, seed: 50)] {
            let expected = pair.oracle.hidden(pair.tokens, states: pair.states, blocks: blocks).joined().map(Float.init)
            // Keys and values are rounded to halves (2⁻¹¹ of numbers around 1), in two layers.
            let folded = try pair.pass(pair.model(.packed(.float32)), blocks, SmallScratch(pair.configuration))
            #expect(greatestDifference(folded.hidden.values, expected) < 0.006)
            // Inputs of all products are rounded to bf16 (2⁻⁹).
            let training = try pair.pass(
                pair.model(.training), blocks, SmallScratch(pair.configuration, forTraining: true))
            #expect(greatestDifference(training.hidden.values, expected) < 0.08)
        }
    }

    /// Columns of these widths are whole blocks of the quantised formats.
    @Test(
        arguments: [TensorFormat.float32, .float16, .bfloat16, .q8_0, .q4_1, .q4_0],
        [TandemConfiguration.Memory.perLayer(.topAligned), .fused(states: [0, 2])])
    func `folded memory comes close in every format`(format: TensorFormat, memory: TandemConfiguration.Memory) throws {
        let reader = try TinyModel.plain.load(threads: 2)
        let configuration = try TandemConfiguration(
            small: reader.model.configuration.withLayerCount(2), largeWidth: 64, largeLayerCount: 3, memory: memory)
        let weights = configuration.makeWeights(seed: 2)
        let output = try reader.model.forward(
            [ModelSpan(cache: reader.model.makeCache(capacity: 9), tokens: randomTokens(9, seed: 1))],
            capturing: configuration.capturedStates, scratch: reader.scratch, pool: reader.pool)
        func rows(_ form: SmallModel.Form) throws -> [Float] {
            let model = try SmallModel(configuration, weights: weights, form: form, pool: reader.pool)
            let cache = model.makeCache(capacity: 9)
            try model.absorb(
                [MemorySpan(cache: cache, rows: 0..<9)], hiddenStates: output.hiddenStates,
                scratch: SmallScratch(configuration), pool: reader.pool)
            return (0..<9).flatMap { cache.memoryBits(position: $0).map { Float(halfPrecisionBits: $0) } }
        }
        let (found, expected) = (try rows(.packed(format)), try rows(.training))
        let error = zip(found, expected).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        let size = expected.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        // A step of 4 bits is a sixteenth of a block's range of about four deviations, whose error is 0.29 of a step.
        let bound: Float = format == .q4_0 || format == .q4_1 ? 0.12 : 0.012
        #expect(error < bound * size)
    }

    @Test(arguments: TinyPair.memories, [TandemConfiguration.Embedding.own, .large(projected: true)])
    func `gradients are the slopes of the definition, number by number`(
        memory: TandemConfiguration.Memory, embedding: TandemConfiguration.Embedding
    ) throws {
        // Inputs rounded to bf16 on the way there and back, 2⁻⁹ each, in a chain of some twenty products.
        try expectSlopes(of: TinyPair(memory: memory, embedding: embedding, count: 7), share: 0.05)
    }

    @Test(arguments: TinyPair.memories, [Architecture.qwen2, .qwen3])
    func `so are those of biases and norms of heads, and of what lies before them`(
        memory: TandemConfiguration.Memory, architecture: Architecture
    ) throws {
        // A key's bias moves all keys alike, which attention hardly sees, and heads of four channels may be small before
        // their norm: of sums that nearly cancel, rounding leaves more.
        try expectSlopes(of: TinyPair(memory: memory, architecture: architecture, count: 7), share: 0.2)
    }

    /// - Parameter share: how far a number may be off, of its slope and the gradient's size.
    private func expectSlopes(of pair: TinyPair, share: Double) throws {
        // They begin at 0, 2, 3 and 5.
        let blocks = BlockSchedule.drawn(lengths: 1...3, count: 7, seed: 3)
        let model = try pair.model(.training)
        let scratch = SmallScratch(pair.configuration, forTraining: true)
        _ = try pair.pass(model, blocks, scratch)
        var generator = SeededGenerator(seed: 77)
        let direction = (0..<7 * 16).map { _ in generator.nextNormal() }
        var gradients: [SmallParameter: Matrix] = [:]
        for shape in pair.configuration.parameters where shape.parameter != .head {
            gradients[shape.parameter] = Matrix(rows: shape.rows, columns: shape.columns)
        }
        model.backward(
            Matrix(rows: 7, columns: 16, values: direction.map(Float.init)),
            absorbed: [MemorySpan(cache: model.makeCache(capacity: 7), rows: 0..<7)], hiddenStates: pair.hidden,
            gradients: gradients, scratch: scratch, pool: pair.reader.pool)
        var oracle = pair.oracle
        let states = pair.states
        func loss() -> Double {
            let rows = oracle.hidden(pair.tokens, states: states, blocks: blocks)
            return zip(rows.joined(), direction).reduce(0) { $0 + $1.0 * $1.1 }
        }
        for (parameter, gradient) in gradients.sorted(by: { "\($0.key)" < "\($1.key)" }) {
            let size = Double(rootMeanSquare(gradient.values))
            for _ in 0..<3 {
                // A row of the embedding that was read; any place elsewhere.
                let row = parameter == .embedding ? pair.tokens[2] : generator.next(in: 0...gradient.rows - 1)
                let column = generator.next(in: 0...gradient.columns - 1)
                let original = oracle.weights[parameter]?[row][column] ?? 0
                func moved(_ step: Double) -> Double {
                    oracle.weights[parameter]?[row][column] = original + step
                    return loss()
                }
                let slope = (moved(1e-4) - moved(-1e-4)) / 2e-4
                _ = moved(0)
                let found = Double(gradient[row, column])
                let bound = share * (abs(slope) + size)
                #expect(abs(found - slope) < bound, "\(parameter)[\(row), \(column)]: \(found) against \(slope)")
            }
        }
    }
}
