import TandemMath

/// Trains a ``RouterNetwork``: cross entropy between what it says and the agreement observed, which is one less the total
/// variation distance (section 3.3 of the paper), by Adam on small batches.
///
/// Some tens of thousands of observations and a few seconds are enough.
public struct RouterTraining: Sendable, Hashable, Codable {
    /// Hidden units.
    public var hiddenCount = 32
    /// Times that every observation is seen.
    public var epochCount = 5
    /// Observations in a step.
    public var batchCount = 32
    /// Step size.
    public var learningRate: Float = 1e-3
    /// Where first weights and the order come from.
    public var seed: UInt64 = 1

    /// The defaults.
    public init() {}

    /// Trains a network on observations that have `topCount` likeliest tokens each.
    ///
    /// - Parameters:
    ///   - observations: What became of guesses; at least one.
    ///   - topCount: How many of the likeliest tokens the network looks at.
    ///   - embeddingWidth: How many numbers an embedding has.
    ///   - embedding: The small model's embedding of a token.
    ///   - progress: Told after every step how many observations were learnt from.
    /// - Throws: What `progress` throws, which ends the training.
    public func train(
        on observations: [DraftObservation], topCount: Int, embeddingWidth: Int,
        embedding: @escaping @Sendable (Int) -> [Float], progress: (Int) throws -> Void = { _ in }
    ) throws -> RouterNetwork {
        precondition(!observations.isEmpty && hiddenCount > 0 && batchCount > 0, "A router learns from observations.")
        var state = RouterFit(
            inputCount: 1 + topCount + embeddingWidth, hiddenCount: hiddenCount, learningRate: learningRate, seed: seed)
        func network() -> RouterNetwork { state.network(topCount: topCount, embedding: embedding) }
        let shape = network()
        var generator = SeededGenerator(seed: seed, stream: 1)
        for epoch in 0..<epochCount {
            let order = generator.permutation(of: observations.count)
            for start in stride(from: 0, to: order.count, by: batchCount) {
                let batch = order[start..<min(start + batchCount, order.count)].map { observations[$0] }
                state.step(batch.map { (shape.features($0.confidence), $0.agreement) })
                try progress(epoch * observations.count + start + batch.count)
            }
        }
        return network()
    }
}

/// The network under training: all weights in one array.
private struct RouterFit {
    let inputCount: Int
    let hiddenCount: Int
    /// First layer, its bias, second layer, its bias.
    private var adam: SmallAdam

    init(inputCount: Int, hiddenCount: Int, learningRate: Float, seed: UInt64) {
        self.inputCount = inputCount
        self.hiddenCount = hiddenCount
        var generator = SeededGenerator(seed: seed)
        let deviation = 1 / Double(inputCount).squareRoot()
        var weights = (0..<hiddenCount * inputCount).map { _ in Float(generator.nextNormal() * deviation) }
        weights += [Float](repeating: 0, count: hiddenCount)
        weights += (0..<hiddenCount).map { _ in Float(generator.nextNormal() / Double(hiddenCount).squareRoot()) }
        adam = SmallAdam(weights + [0], learningRate: learningRate)
    }

    private var weights: [Float] { adam.weights }
    private var biasStart: Int { hiddenCount * inputCount }
    private var secondStart: Int { biasStart + hiddenCount }

    mutating func step(_ batch: [(features: [Float], agreement: Float)]) {
        let weights = weights
        var gradient = [Float](repeating: 0, count: weights.count)
        for (features, agreement) in batch {
            var hidden = [Float](repeating: 0, count: hiddenCount)
            var logit = weights[weights.count - 1]
            for unit in 0..<hiddenCount {
                var sum = weights[biasStart + unit]
                for index in 0..<inputCount { sum += weights[unit * inputCount + index] * features[index] }
                hidden[unit] = max(0, sum)
                logit += weights[secondStart + unit] * hidden[unit]
            }
            // d(cross entropy)/d(logit) = σ(logit) − agreement.
            let slope = (Kernels.softmax([logit, 0])[0] - agreement) / Float(batch.count)
            gradient[weights.count - 1] += slope
            for unit in 0..<hiddenCount where hidden[unit] > 0 {
                gradient[secondStart + unit] += slope * hidden[unit]
                let inner = slope * weights[secondStart + unit]
                gradient[biasStart + unit] += inner
                for index in 0..<inputCount { gradient[unit * inputCount + index] += inner * features[index] }
            }
        }
        adam.step(gradient)
    }

    func network(topCount: Int, embedding: @escaping @Sendable (Int) -> [Float]) -> RouterNetwork {
        RouterNetwork(
            topCount: topCount,
            first: Matrix(rows: hiddenCount, columns: inputCount, values: Array(weights[..<biasStart])),
            firstBias: Matrix(rows: 1, columns: hiddenCount, values: Array(weights[biasStart..<secondStart])),
            second: Matrix(rows: 1, columns: hiddenCount, values: Array(weights[secondStart..<weights.count - 1])),
            secondBias: weights[weights.count - 1], embedding: embedding)
    }
}
