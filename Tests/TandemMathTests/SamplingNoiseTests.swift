import Foundation
import TandemMath
import Testing

/// The noise is a hash, so its laws are tested as a generator's would be. All seeds are fixed: the tests cannot flicker.
struct SamplingNoiseTests {
    /// Distribution of the standard Gumbel law.
    private static func gumbel(_ x: Double) -> Double { exp(-exp(-x)) }

    /// Kolmogorov's distance between a sample and the Gumbel law, times the root of the sample's size.
    private static func distance(_ sample: [Float]) -> Double {
        let sorted = sample.map { gumbel(Double($0)) }.sorted()
        let count = Double(sorted.count)
        var greatest = 0.0
        for (index, value) in sorted.enumerated() {
            greatest = max(greatest, value - Double(index) / count, Double(index + 1) / count - value)
        }
        return greatest * count.squareRoot()
    }

    @Test(arguments: [0, 1, 0xdead_beef, UInt64.max])
    func `over tokens it follows the Gumbel law`(seed: UInt64) {
        for position in [0, 1, 1_000_000] {
            // 1.95 is passed once in a thousand by the true law.
            #expect(Self.distance(GumbelNoise(seed: seed, position: position).values(count: 4096)) < 1.95)
        }
    }

    @Test func `over positions and over seeds it follows the Gumbel law`() {
        for token: UInt32 in [0, 1, 49_151] {
            let positions = (0..<4096).map { GumbelNoise(seed: 11, position: $0).values(of: [token])[0] }
            #expect(Self.distance(positions) < 1.95)
            let seeds = (0..<4096).map { GumbelNoise(seed: $0, position: 11).values(of: [token])[0] }
            #expect(Self.distance(seeds) < 1.95)
        }
    }

    @Test func `neighbours in token, position and seed are independent`() {
        // Chi-square over 8 × 8 cells of equal probability; 63 degrees of freedom pass 103.4 once in a thousand.
        func cell(_ value: Float) -> Int { min(7, Int(8 * Self.gumbel(Double(value)))) }
        func chiSquare(_ pairs: [(Float, Float)]) -> Double {
            var counts = [Double](repeating: 0, count: 64)
            for (a, b) in pairs { counts[8 * cell(a) + cell(b)] += 1 }
            let expected = Double(pairs.count) / 64
            return counts.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
        }
        let here = GumbelNoise(seed: 5, position: 20).values(count: 8192)
        #expect(chiSquare(Array(zip(here, here.dropFirst()))) < 103.4)
        #expect(chiSquare(Array(zip(here, here.dropFirst(64)))) < 103.4)
        #expect(chiSquare(Array(zip(here, GumbelNoise(seed: 5, position: 21).values(count: 8192)))) < 103.4)
        #expect(chiSquare(Array(zip(here, GumbelNoise(seed: 6, position: 20).values(count: 8192)))) < 103.4)
        #expect(chiSquare(Array(zip(here, GumbelNoise(seed: 20, position: 5).values(count: 8192)))) < 103.4)
    }

    @Test func `its tail is neither cut nor fat`() {
        // Of 2^20 values, 1,048,576 · (1 - exp(-exp(-7))) = 955.7 lie above 7; five standard deviations are 155.
        var above = 0
        for position in 0..<256 {
            above += GumbelNoise(seed: 77, position: position).values(count: 4096).count { $0 > 7 }
        }
        #expect(abs(above - 956) < 155)
    }

    @Test func `draws follow the softmax`() {
        let logits: [Float] = [1, 0, -1, 2, 0.5, -3]
        let row = Matrix(rows: 1, columns: logits.count, values: logits)
        for scale: Float in [0.5, 1, 1.5] {
            let law = Kernels.softmax(logits, scale: scale)
            var counts = [Double](repeating: 0, count: logits.count)
            let draws = 20_000
            for position in 0..<draws {
                counts[Kernels.gumbelArgmax(row, row: 0, scale: scale, noise: .init(seed: 1, position: position))] += 1
            }
            var chiSquare = 0.0
            for (count, probability) in zip(counts, law) {
                let expected = Double(draws) * Double(probability)
                chiSquare += (count - expected) * (count - expected) / expected
            }
            // Five degrees of freedom pass 20.5 once in a thousand.
            #expect(chiSquare < 20.5)
        }
    }
}
