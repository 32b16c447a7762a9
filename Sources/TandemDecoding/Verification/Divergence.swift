import TandemMath

/// How far two laws lie apart, p being the large model's and q the drafter's.
public enum Divergence: String, Sendable, Hashable, Codable, CaseIterable {
    /// `½ KL(p ‖ m) + ½ KL(q ‖ m)` with `m = ½ (p + q)`: at most ln 2.
    case jensenShannon
    /// `½ KL(m ‖ p) + ½ KL(m ‖ q)`: what the code of Fuzzy Speculative Decoding computes under that name. It has no bound, so
    /// thresholds are not those of ``jensenShannon``.
    case reverseJensenShannon
    /// `KL(p ‖ q)`.
    case kullbackLeibler
    /// `½ Σ |p − q|`.
    case totalVariation

    /// Probabilities below this count as this, where a logarithm is taken of them.
    private static let least: Float = 1e-10

    /// The divergence of two laws over the same tokens.
    func between(_ p: [Float], _ q: [Float]) -> Double {
        switch self {
        case .jensenShannon:
            let middle = zip(p, q).map { ($0 + $1) / 2 }
            return 0.5 * Self.relativeEntropy(p, middle) + 0.5 * Self.relativeEntropy(q, middle)
        case .reverseJensenShannon:
            let middle = zip(p, q).map { ($0 + $1) / 2 }
            return 0.5 * Self.relativeEntropy(middle, p) + 0.5 * Self.relativeEntropy(middle, q)
        case .kullbackLeibler: return Self.relativeEntropy(p, q)
        case .totalVariation:
            return 0.5 * zip(p, q).reduce(0.0) { $0 + abs(Double($1.0) - Double($1.1)) }
        }
    }

    /// `Σ a ln(a / b)`.
    private static func relativeEntropy(_ a: [Float], _ b: [Float]) -> Double {
        let surpriseOfA = Kernels.negativeLogarithms(a.map { max($0, least) })
        let surpriseOfB = Kernels.negativeLogarithms(b.map { max($0, least) })
        var sum = 0.0
        for index in a.indices where a[index] > 0 {
            sum += Double(a[index]) * (Double(surpriseOfB[index]) - Double(surpriseOfA[index]))
        }
        return max(0, sum)
    }
}
