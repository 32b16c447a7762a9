import TandemMath
import TandemModels

/// A small model written down once more, in double precision, row by row, without caches, kernels or batches: what the real
/// one is measured against.
struct SmallModelOracle {
    let configuration: TandemConfiguration
    /// Each weight's rows.
    var weights: [SmallParameter: [[Double]]]
    /// The large model's embedding, if it is used.
    var largeEmbedding: [[Double]] = []

    init(_ configuration: TandemConfiguration, _ weights: [SmallParameter: Matrix]) {
        self.configuration = configuration
        self.weights = weights.mapValues { matrix in (0..<matrix.rows).map { matrix.row($0).map(Double.init) } }
    }

    private var small: TransformerConfiguration { configuration.small }

    /// States after the last norm, one for each token.
    func hidden(_ tokens: [Int], states: [Int: [[Double]]], blocks: BlockSchedule) -> [[Double]] {
        let starts = tokens.indices.map { configuration.memory == .none ? 0 : blocks.start(of: $0) }
        var rows = tokens.indices.map { input(tokens[$0], start: starts[$0], states: states) }
        for layer in 0..<small.layerCount {
            let memory = memory(layer, count: tokens.count, states: states)
            let normed = rows.map { norm($0, weight(.layer(layer, .attentionNorm))[0]) }
            let keys = normed.indices.map { key(layer, normed[$0], position: $0) }
            let values = normed.map { value(layer, $0) }
            for position in tokens.indices {
                let query = query(layer, normed[position], position: position)
                let start = starts[position]
                let seen =
                    (0..<start).map { (memory[$0].key, memory[$0].value) }
                    + (start...position).map { (keys[$0], values[$0]) }
                let attended = attention(query, seen)
                rows[position] = sum(rows[position], times(.layer(layer, .attentionOutput), attended))
                let inner = norm(rows[position], weight(.layer(layer, .feedForwardNorm))[0])
                let (gate, up) = (times(.layer(layer, .gate), inner), times(.layer(layer, .up), inner))
                let gated = zip(gate, up).map { $0 / (1 + exponential(-$0)) * $1 }
                rows[position] = sum(rows[position], times(.layer(layer, .down), gated))
            }
        }
        return rows.map { norm($0, weight(.outputNorm)[0]) }
    }

    private func input(_ token: Int, start: Int, states: [Int: [[Double]]]) -> [Double] {
        var row: [Double]
        switch configuration.embedding {
        case .own: row = weight(.embedding)[token]
        case .large(projected: false): row = largeEmbedding[token]
        case .large(projected: true): row = times(.inputProjection, norm(largeEmbedding[token]))
        }
        if configuration.addsLastState, start > 0, let last = states[configuration.largeLayerCount] {
            row = sum(row, times(.lastState, norm(last[start - 1])))
        }
        return row
    }

    private func memory(_ layer: Int, count: Int, states: [Int: [[Double]]]) -> [(key: [Double], value: [Double])] {
        guard configuration.memory != .none else { return [] }
        var projection = layer
        if case .fused = configuration.memory { projection = 0 }
        return (0..<count).map { position in
            var context: [Double] = []
            for (place, state) in configuration.projections[projection].enumerated() {
                context += norm(
                    states[state]?[position] ?? [], weight(.memoryNorm(projection: projection, state: place))[0])
            }
            let projected = times(.memoryProjection(projection), context)
            return (key(layer, projected, position: position), value(layer, projected))
        }
    }

    private func query(_ layer: Int, _ row: [Double], position: Int) -> [Double] {
        let heads = biased(times(.layer(layer, .query), row), .layer(layer, .queryBias))
        return rotated(
            headNorm(heads, .layer(layer, .queryNorm)), heads: small.headCount, position: position)
    }

    private func key(_ layer: Int, _ row: [Double], position: Int) -> [Double] {
        let heads = biased(times(.layer(layer, .key), row), .layer(layer, .keyBias))
        return rotated(
            headNorm(heads, .layer(layer, .keyNorm)), heads: small.keyValueHeadCount, position: position)
    }

    private func value(_ layer: Int, _ row: [Double]) -> [Double] {
        biased(times(.layer(layer, .value), row), .layer(layer, .valueBias))
    }

    private func biased(_ row: [Double], _ bias: SmallParameter) -> [Double] {
        weights[bias].map { sum(row, $0[0]) } ?? row
    }

    private func headNorm(_ heads: [Double], _ parameter: SmallParameter) -> [Double] {
        guard let weight = weights[parameter]?[0] else { return heads }
        return stride(from: 0, to: heads.count, by: weight.count).flatMap {
            norm(Array(heads[$0..<$0 + weight.count]), weight)
        }
    }

    private func attention(_ query: [Double], _ seen: [(key: [Double], value: [Double])]) -> [Double] {
        let width = small.headWidth
        var result: [Double] = []
        for head in 0..<small.headCount {
            let own = Array(query[head * width..<(head + 1) * width])
            let offset = head * small.keyValueHeadCount / small.headCount * width
            var scores: [Double] = []
            for row in seen { scores.append(dot(own, row.key[offset..<offset + width]) / Double(width).squareRoot()) }
            let greatest = scores.max() ?? 0
            let exponentials = scores.map { exponential($0 - greatest) }
            let total = exponentials.reduce(0, +)
            for channel in 0..<width {
                var sum = 0.0
                for (share, row) in zip(exponentials, seen) { sum += share / total * row.value[offset + channel] }
                result.append(sum)
            }
        }
        return result
    }

    private func rotated(_ heads: [Double], heads count: Int, position: Int) -> [Double] {
        let (width, half) = (small.headWidth, small.headWidth / 2)
        var result = heads
        for head in 0..<count {
            for (pair, frequency) in small.rotaryFrequencies.enumerated() {
                let (a, b) = (heads[head * width + pair], heads[head * width + half + pair])
                let (cosine, sine) = cosineAndSine(Double(position) * frequency)
                result[head * width + pair] = a * cosine - b * sine
                result[head * width + half + pair] = b * cosine + a * sine
            }
        }
        return result
    }

    private func norm(_ row: [Double], _ weight: [Double]? = nil) -> [Double] {
        let square = row.reduce(0) { $0 + $1 * $1 } / Double(max(row.count, 1))
        let scale = 1 / (square + Double(small.normEpsilon)).squareRoot()
        guard let weight else { return row.map { $0 * scale } }
        return zip(row, weight).map { $0 * scale * $1 }
    }

    private func weight(_ parameter: SmallParameter) -> [[Double]] { weights[parameter] ?? [] }

    private func times(_ parameter: SmallParameter, _ row: [Double]) -> [Double] {
        weight(parameter).map { dot(row, $0[...]) }
    }

    private func sum(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 + $1 } }

    private func dot(_ a: [Double], _ b: ArraySlice<Double>) -> Double {
        var sum = 0.0
        for (x, y) in zip(a, b) { sum += x * y }
        return sum
    }
}

/// e to the power of x, from its series: tests need nothing of the system for it.
func exponential(_ x: Double) -> Double {
    guard x > -700 else { return 0 }
    // e^x = (e^(x / 2ⁿ))^(2ⁿ)
    var (part, squarings) = (x, 0)
    while abs(part) > 0.25 { (part, squarings) = (part / 2, squarings + 1) }
    var (term, sum) = (1.0, 1.0)
    for power in 1...14 {
        term *= part / Double(power)
        sum += term
    }
    for _ in 0..<squarings { sum *= sum }
    return sum
}

private func cosineAndSine(_ angle: Double) -> (Double, Double) {
    // The rotary table's own numbers, to which the tests of rotation hold it.
    let turns = (angle / (2 * .pi)).rounded()
    let x = angle - turns * 2 * .pi
    var (cosine, sine, term) = (0.0, 0.0, 1.0)
    for power in 0..<40 {
        switch power % 4 {
        case 0: cosine += term
        case 1: sine += term
        case 2: cosine -= term
        default: sine -= term
        }
        term *= x / Double(power + 1)
    }
    return (cosine, sine)
}
