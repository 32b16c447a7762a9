import TandemMath
import TandemModels
import TandemTestSupport
import Testing

/// A tiny pair, hidden states drawn from a seed, and everything that a pass needs.
private struct Pair {
    let configuration: TandemConfiguration
    let weights: [SmallParameter: Matrix]
    let hidden: [Int: Matrix]
    let tokens: [Int]
    let pool = ComputePool(threadCount: 2)

    init(
        memory: TandemConfiguration.Memory, architecture: Architecture = .llama, addsLastState: Bool = true,
        count: Int = 21
    ) throws {
        let small = try TransformerConfiguration(
            architecture: architecture, vocabularyCount: 29, width: 32, layerCount: 2, headCount: 4,
            keyValueHeadCount: 2, feedForwardWidth: 48, contextLength: 64,
            hasAttentionBias: architecture == .qwen2, hasQueryKeyNorm: architecture == .qwen3)
        configuration = try TandemConfiguration(
            small: small, largeWidth: 24, largeLayerCount: 4, memory: memory,
            addsLastState: addsLastState && memory != .none)
        weights = configuration.makeWeights(seed: 5)
        var generator = SeededGenerator(seed: 9)
        for shape in configuration.parameters where shape.parameter.isBias {
            weights[shape.parameter]?.setRow(
                0, to: (0..<shape.columns).map { _ in Float(0.3 * generator.nextNormal()) })
        }
        hidden = Dictionary(
            uniqueKeysWithValues: (0...4).map {
                (
                    $0,
                    Matrix(
                        rows: count, columns: 24, values: (0..<count * 24).map { _ in Float(generator.nextNormal()) })
                )
            })
        tokens = (0..<count).map { _ in generator.next(in: 0...28) }
    }

    /// A fixed random direction in the space of final states: the loss is the sum of its products with them.
    var direction: Matrix {
        var generator = SeededGenerator(seed: 77)
        return Matrix(
            rows: tokens.count, columns: 32, values: (0..<tokens.count * 32).map { _ in Float(generator.nextNormal()) })
    }

    func pass(_ model: SmallModel, _ blocks: BlockSchedule, _ scratch: SmallScratch) throws -> SmallOutput {
        let cache = model.makeCache(capacity: 64)
        try model.absorb(
            [MemorySpan(cache: cache, rows: 0..<tokens.count)], hiddenStates: hidden, scratch: scratch, pool: pool)
        return try model.forward(
            [SmallSpan(cache: cache, tokens: tokens, blocks: blocks)], logits: .all, scratch: scratch, pool: pool)
    }

    func loss(_ weights: [SmallParameter: Matrix], _ blocks: BlockSchedule) throws -> Double {
        let model = try SmallModel(configuration, weights: weights, form: .packed(.float32), pool: pool)
        let output = try pass(model, blocks, SmallScratch(configuration))
        return zip(output.hidden.values, direction.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
}

private let memories: [TandemConfiguration.Memory] = [
    .none, .perLayer(.topAligned), .perLayer(.uniform), .fused(states: [1, 3, 4]),
]

@Test(
    arguments: memories,
    // The last ones begin at 0, 1, 7, 8 and 15.
    [BlockSchedule.fixed(length: 4), .fixed(length: 3, offset: 2), .drawn(lengths: 1...7, count: 21, seed: 4_559)])
func `gradients are slopes of the loss, weight by weight`(
    memory: TandemConfiguration.Memory, blocks: BlockSchedule
) throws {
    // The way back rounds its inputs to bf16 (2⁻⁹ each, averaged over many), the way there keys and values to halves.
    try expectSlopes(of: Pair(memory: memory), blocks, tolerance: 0.03) { _ in 0.02 }
}

@Test(arguments: memories, [Architecture.qwen2, .qwen3])
func `so are those of models with biases and norms of heads`(
    memory: TandemConfiguration.Memory, architecture: Architecture
) throws {
    // A bias moves all keys alike and must go far to be seen; small heads bend the loss, so others go less far.
    try expectSlopes(
        of: Pair(memory: memory, architecture: architecture), .drawn(lengths: 1...7, count: 21, seed: 4_559),
        tolerance: 0.06
    ) { parameter in
        switch parameter {
        case .layer(_, .queryBias), .layer(_, .keyBias), .layer(_, .valueBias): 0.2
        case .layer(_, .queryNorm), .layer(_, .keyNorm): 0.06
        default: 0.01
        }
    }
}

/// - Parameter reach: how far a weight is moved, of its size.
private func expectSlopes(
    of pair: Pair, _ blocks: BlockSchedule, tolerance: Double, reach: (SmallParameter) -> Double
) throws {
    let model = try SmallModel(pair.configuration, weights: pair.weights, form: .training, pool: pair.pool)
    let scratch = SmallScratch(pair.configuration, forTraining: true)
    _ = try pair.pass(model, blocks, scratch)
    var gradients: [SmallParameter: Matrix] = [:]
    for shape in pair.configuration.parameters where shape.parameter != .head {
        gradients[shape.parameter] = Matrix(rows: shape.rows, columns: shape.columns)
    }
    let cache = model.makeCache(capacity: 64)
    model.backward(
        pair.direction, absorbed: [MemorySpan(cache: cache, rows: 0..<pair.tokens.count)], hiddenStates: pair.hidden,
        gradients: gradients, scratch: scratch, pool: pair.pool)
    var generator = SeededGenerator(seed: 3)
    for (parameter, gradient) in gradients.sorted(by: { "\($0.key)" < "\($1.key)" }) {
        let norm = gradient.values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        #expect(norm > 1e-3, "\(parameter) gets no gradient")
        // Half along the gradient, half anywhere: much signal, and every number takes part.
        let scale = norm / Double(gradient.values.count).squareRoot()
        let step = gradient.values.map { Double($0) + 0.5 * scale * generator.nextNormal() }
        let length = step.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let weight = try #require(pair.weights[parameter])
        let size = max(1, weight.values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot())
        let epsilon = reach(parameter) * size / length
        func moved(_ share: Double) throws -> Double {
            var weights = pair.weights
            weights[parameter] = Matrix(
                rows: weight.rows, columns: weight.columns,
                values: zip(weight.values, step).map { Float(Double($0) + share * epsilon * $1) })
            return try pair.loss(weights, blocks)
        }
        // Two central differences; together they are free of the curvature's leading part (Richardson).
        let far = (try moved(1) - moved(-1)) / (2 * epsilon)
        let near = (try moved(0.5) - moved(-0.5)) / epsilon
        let slope = (4 * near - far) / 3
        let expected = zip(gradient.values, step).reduce(0) { $0 + Double($1.0) * $1.1 }
        #expect(abs(slope - expected) < tolerance * abs(expected), "\(parameter): \(slope) against \(expected)")
    }
}

@Test(arguments: memories, [Architecture.llama, .qwen2, .qwen3])
func `a model in training drafts with the bits of its training pass`(
    memory: TandemConfiguration.Memory, architecture: Architecture
) throws {
    let pair = try Pair(memory: memory, architecture: architecture)
    let model = try SmallModel(pair.configuration, weights: pair.weights, form: .training, pool: pair.pool)
    let whole = try pair.pass(
        model, .fixed(length: 4), SmallScratch(pair.configuration, forTraining: true)
    ).logits.values
    let scratch = SmallScratch(pair.configuration)
    let cache = model.makeCache(capacity: 64)
    var logits: [Float] = []
    for (position, token) in pair.tokens.enumerated() {
        if position % 4 == 0, position > 0, memory != .none {
            try model.absorb(
                [MemorySpan(cache: cache, rows: position - 4..<position)], hiddenStates: pair.hidden, scratch: scratch,
                pool: pair.pool)
            cache.beginBlock()
        }
        logits += try model.forward(
            [SmallSpan(cache: cache, tokens: [token])], scratch: scratch, pool: pair.pool
        ).logits.values
    }
    #expect(logits == whole)
    let packed = try SmallModel(pair.configuration, weights: pair.weights, form: .packed(.float32), pool: pair.pool)
    let near = try pair.pass(packed, .fixed(length: 4), SmallScratch(pair.configuration)).logits.values
    // Inputs of two layers' products rounded to bf16.
    #expect(zip(near, whole).allSatisfy { abs($0 - $1) < 0.1 })
}
