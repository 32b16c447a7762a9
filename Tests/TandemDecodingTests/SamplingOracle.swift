import Foundation
import TandemDecoding

/// The filters once more, in the plainest way and in double precision.
struct SamplingOracle {
    var sampling: Sampling

    /// The law after all filters; `nil` where two tokens are so close at a filter's edge that rounding decides.
    func probabilities(_ logits: [Float]) -> [Double]? {
        let temperature = Double(sampling.temperature)
        let filterScale = sampling.truncation == .afterTemperature ? 1 / temperature : 1
        var kept = Set(logits.indices)

        func law(_ scale: Double) -> [Double] {
            let greatest = kept.map { Double(logits[$0]) }.max() ?? 0
            let terms = logits.indices.map { kept.contains($0) ? exp(scale * (Double(logits[$0]) - greatest)) : 0 }
            let sum = terms.reduce(0, +)
            return terms.map { $0 / sum }
        }
        /// False if the sum comes within rounding of the target before it passes it.
        func keepPrefix(_ order: [Int], _ p: [Double], _ target: Double) -> Bool {
            var sum = 0.0
            var next: Set<Int> = []
            for token in order {
                if abs(sum - target) < 1e-5 { return false }
                if sum >= target, !next.isEmpty { break }
                next.insert(token)
                sum += p[token]
            }
            kept = next
            return true
        }

        if let topK = sampling.topK {
            kept = Set(logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }.prefix(topK))
        }
        if let typicalP = sampling.typicalP.map(Double.init) {
            let p = law(filterScale)
            let entropy = p.reduce(0) { $0 - ($1 > 0 ? $1 * log($1) : 0) }
            let distances = p.map { abs(-log($0) - entropy) }
            let order = kept.sorted { (distances[$0], $0) < (distances[$1], $1) }
            for (a, b) in zip(order, order.dropFirst())
            where distances[b] - distances[a] < 1e-5 && logits[a] != logits[b] { return nil }
            guard keepPrefix(order, p, typicalP) else { return nil }
        }
        if let topP = sampling.topP.map(Double.init) {
            let p = law(filterScale)
            guard keepPrefix(kept.sorted { (p[$0], $1) > (p[$1], $0) }, p, topP) else { return nil }
        }
        if let minP = sampling.minP.map(Double.init) {
            let p = law(filterScale)
            let greatest = p.max() ?? 0
            for value in p where abs(value - minP * greatest) < 1e-6 * greatest { return nil }
            kept = kept.filter { p[$0] >= minP * greatest }
        }
        return law(1 / temperature)
    }
}
