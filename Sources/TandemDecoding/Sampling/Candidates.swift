import TandemMath

/// The tokens that the filters leave, ascending by number, with their logits and probabilities.
///
/// Nothing is sorted that need not be: a vocabulary has tens of thousands of tokens, and a step of the model takes
/// a few milliseconds.
struct Candidates {
    private(set) var tokens: [UInt32]
    private(set) var logits: [Float]
    private(set) var probabilities: [Float]

    /// Applies the filters of `sampling` to a row; nil if its numbers make no probabilities.
    init?(_ sampling: Sampling, from row: Int, of matrix: Matrix) {
        let scale = sampling.truncation == .afterTemperature ? sampling.scale : 1
        if let topK = sampling.topK {
            tokens = Kernels.greatestColumns(of: matrix, row: row, count: topK)
            logits = Kernels.gather(tokens, of: matrix, row: row)
            probabilities = Kernels.softmax(logits, scale: scale)
        } else {
            let all = Matrix(rows: 1, columns: matrix.columns)
            Kernels.softmax(matrix, row: row, scale: scale, into: all)
            let least = Candidates.leastProbability(that: sampling, keepsOf: all)
            tokens = Kernels.columns(of: all, row: 0, atLeast: least)
            logits = Kernels.gather(tokens, of: matrix, row: row)
            probabilities = Kernels.gather(tokens, of: all, row: 0)
        }
        // One that is not a number spoils the sum, and so all of them.
        guard let first = probabilities.first, !first.isNaN else { return nil }
        if let typicalP = sampling.typicalP, typicalP < 1 {
            keepTypical(typicalP)
        }
        if let topP = sampling.topP, topP < 1 {
            keepPrefix(reaching: topP, inOrderOf: logits.map { -$0 })
        }
        if let minP = sampling.minP, let greatest = probabilities.max() {
            keep(tokens.indices.filter { probabilities[$0] >= minP * greatest })
        }
    }

    /// A probability below which no token can pass the filters after `topK`, so that most are never looked at.
    private static func leastProbability(that sampling: Sampling, keepsOf all: Matrix) -> Float {
        // A typical token may be an unlikely one.
        guard sampling.typicalP ?? 1 == 1 else { return 0 }
        if let topP = sampling.topP, topP < 1 {
            // Tokens less likely than this have less than 1 - topP together, even if it is all of them; so the others
            // already reach topP. Halved, for the rounding of sums.
            return 0.5 * (1 - topP) / Float(all.columns)
        }
        guard let minP = sampling.minP else { return 0 }
        return minP * all[0, Kernels.argmax(all, row: 0)]
    }

    /// Keeps tokens whose surprise is near the entropy.
    private mutating func keepTypical(_ typicalP: Float) {
        // Surprises from probabilities, like the entropy, so that both have the same scale.
        let surprises = Kernels.negativeLogarithms(probabilities)
        var entropy = 0.0
        for (probability, surprise) in zip(probabilities, surprises) where probability > 0 {
            entropy += Double(probability) * Double(surprise)
        }
        let middle = Float(entropy)
        keepPrefix(reaching: typicalP, inOrderOf: surprises.map { abs($0 - middle) })
    }

    /// Keeps the fewest tokens, lowest key first, that have `mass` of the probability; at least one.
    private mutating func keepPrefix(reaching mass: Float, inOrderOf keys: [Float]) {
        keep(shortestPrefix(reaching: Double(mass), keys: keys, masses: probabilities))
    }

    /// Keeps the tokens at these places and normalises their probabilities.
    private mutating func keep(_ indices: [Int]) {
        guard indices.count < tokens.count else { return }
        tokens = indices.map { tokens[$0] }
        logits = indices.map { logits[$0] }
        let kept = indices.map { probabilities[$0] }
        let sum = Float(kept.reduce(0.0) { $0 + Double($1) })
        probabilities = kept.map { $0 / sum }
    }
}

/// The fewest indices, lowest key first and lower index first among equals, whose masses add up to `target`; at least
/// one. Ascending.
///
/// The key at which the target is reached is found by bisection, each step a pass over all keys, which costs a few
/// microseconds; only the keys around it are sorted.
func shortestPrefix(reaching target: Double, keys: [Float], masses: [Float]) -> [Int] {
    // Below `low` the target is not reached (there are `lowCount` keys, with `reached`), below `high` it is.
    var low = keys.min() ?? 0
    var high = keys.reduce(low) { $1.isFinite ? max($0, $1) : $0 }
    var reached = 0.0
    var lowCount = 0
    var highCount = keys.count
    var isHighInfinite = true
    while highCount - lowCount > 64 {
        let middle = low + (high - low) / 2
        guard middle > low, middle < high || isHighInfinite else { break }
        let (mass, count) = Kernels.mass(of: masses, withKeys: keys, below: middle)
        if mass < target {
            (low, reached, lowCount) = (middle, mass, count)
            if middle >= high { break }
        } else {
            (high, highCount, isHighInfinite) = (middle, count, false)
        }
    }
    var kept: [Int] = []
    var around: [Int] = []
    for (index, key) in keys.enumerated() {
        if key < low {
            kept.append(index)
        } else if isHighInfinite || key < high {
            around.append(index)
        }
    }
    around.sort { keys[$0] < keys[$1] || (keys[$0] == keys[$1] && $0 < $1) }
    for index in around {
        guard reached < target || kept.isEmpty else { break }
        reached += Double(masses[index])
        kept.append(index)
    }
    return kept.sorted()
}
