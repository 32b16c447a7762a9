import Foundation
import TandemMath
import Testing

struct SamplingKernelTests {
    /// A row that looks like logits: most far below the best few.
    private static func logits(_ count: Int, salt: Int) -> [Float] {
        (0..<count).map { index in
            let h = UInt64(truncatingIfNeeded: index &* 2_654_435_761 &+ salt &* 40_503) & 0xffff
            let unit = Float(h) / 65_536
            return 12 * unit * unit * unit - 6 + Float(index % 7) * 0.25
        }
    }

    private static let sizes = [1, 2, 15, 16, 17, 63, 64, 65, 127, 1023, 1024, 1025, 2500]

    private static func results() -> [[UInt32]] {
        sizes.map { size in
            let row = Matrix(rows: 1, columns: size, values: logits(size, salt: size))
            var bits: [UInt32] = []
            let noise = GumbelNoise(seed: UInt64(size), position: 7)
            bits += noise.values(count: size).map(\.bitPattern)
            bits += noise.values(of: (0..<size).map { UInt32($0 * 3) }).map(\.bitPattern)
            for scale: Float in [0.25, 1, 3] {
                bits.append(UInt32(Kernels.gumbelArgmax(row, row: 0, scale: scale, noise: noise)))
                bits.append(Kernels.logSumExp(row, row: 0, scale: scale).bitPattern)
                let summary = Kernels.lawSummary(row, row: 0, scale: scale, columns: [UInt32(size / 2), 0])
                bits += (summary.probabilities + [summary.entropy]).map(\.bitPattern)
                let tokens = (0..<size).map { UInt32($0 * 3) }
                bits.append(UInt32(Kernels.gumbelArgmax(row, row: 0, tokens: tokens, scale: scale, noise: noise)))
                let law = Matrix(rows: 1, columns: size)
                Kernels.softmax(row, row: 0, scale: scale, into: law)
                #expect(law.row(0) == Kernels.softmax(row.row(0), scale: scale))
                bits += law.row(0).map(\.bitPattern)
                bits += Kernels.negativeLogarithms(law.row(0)).map(\.bitPattern)
                let (mass, count) = Kernels.mass(of: law.row(0), withKeys: row.row(0), below: scale)
                bits += [UInt32(truncatingIfNeeded: mass.bitPattern), UInt32(mass.bitPattern >> 32), UInt32(count)]
                bits += Kernels.columns(of: row, row: 0, atLeast: scale)
                bits += Kernels.greatestColumns(of: row, row: 0, count: 9)
            }
            return bits
        }
    }

    @Test func `every instruction set gives the same bits`() {
        #expect(InstructionSets.disagreement { Self.results() } == [])
    }

    @Test func `the pruned search finds what the full one finds`() {
        for size in Self.sizes {
            for seed in 0..<40 as Range<UInt64> {
                let values = Self.logits(size, salt: Int(seed))
                let row = Matrix(rows: 1, columns: size, values: values)
                let noise = GumbelNoise(seed: seed, position: size)
                for scale: Float in [0.01, 1, 2.5, 1_000, 1e7] {
                    let scores = zip(values, noise.values(count: size)).map { $1.addingProduct(scale, $0) }
                    let found = Kernels.gumbelArgmax(row, row: 0, scale: scale, noise: noise)
                    #expect(found == scores.firstIndex(of: scores.max() ?? 0), "size \(size) seed \(seed) \(scale)")
                }
            }
        }
    }

    @Test func `a token has the same noise in a row and among candidates`() {
        let noise = GumbelNoise(seed: 3, position: 9)
        let all = noise.values(count: 100)
        let tokens: [UInt32] = [0, 3, 4, 17, 63, 99, 50, 2]
        #expect(noise.values(of: tokens) == tokens.map { all[Int($0)] })
        let values = Self.logits(100, salt: 1)
        let row = Matrix(rows: 1, columns: 100, values: values)
        let whole = Kernels.gumbelArgmax(row, row: 0, scale: 1, noise: noise)
        #expect(Kernels.gumbelArgmax(values, tokens: (0..<100).map { UInt32($0) }, scale: 1, noise: noise) == whole)
    }

    @Test func `infinities and other non-numbers do not win`() {
        let noise = GumbelNoise(seed: 1, position: 1)
        let row = Matrix(rows: 1, columns: 70, values: [Float](repeating: -.infinity, count: 70))
        #expect(Kernels.gumbelArgmax(row, row: 0, scale: 1, noise: noise) == 0)
        row[0, 3] = .nan
        row[0, 66] = -1e30
        #expect(Kernels.gumbelArgmax(row, row: 0, scale: 1, noise: noise) == 66)
        #expect(Kernels.argmax(row, row: 0) == 66)
    }

    @Test func `columns that stand for tokens draw with the tokens' noise`() {
        let values = Self.logits(200, salt: 3)
        let tokens = (0..<200).map { UInt32(($0 * 37) % 1_000) }
        let row = Matrix(rows: 1, columns: 200, values: values)
        for position in 0..<50 {
            let noise = GumbelNoise(seed: 4, position: position)
            let found = Kernels.gumbelArgmax(row, row: 0, tokens: tokens, scale: 0.8, noise: noise)
            #expect(found == Kernels.gumbelArgmax(values, tokens: tokens, scale: 0.8, noise: noise))
        }
    }

    @Test func `softmax and its logarithm agree with double precision`() {
        for size in Self.sizes {
            let values = Self.logits(size, salt: 5)
            let row = Matrix(rows: 1, columns: size, values: values)
            for scale in [0.5, 1, 4] {
                let greatest = Double(values.max() ?? 0)
                let terms = values.map { exp(scale * (Double($0) - greatest)) }
                let sum = terms.reduce(0, +)
                let result = Kernels.softmax(values, scale: Float(scale))
                for (value, term) in zip(result, terms) {
                    // The exponential: 2e-7, its rounded argument (at most 50): 50 · 2^-24, the sum and the factor: less.
                    #expect(abs(Double(value) - term / sum) <= 5e-6 * term / sum + 1e-37)
                }
                let column = size / 3
                let summary = Kernels.lawSummary(row, row: 0, scale: Float(scale), columns: [0, UInt32(column)])
                let entropy = terms.reduce(0) { $1 > 0 ? $0 - $1 / sum * log($1 / sum) : $0 }
                #expect(
                    abs(Double(summary.probabilities[1]) - terms[column] / sum) <= 5e-6 * terms[column] / sum + 1e-37)
                // A sum of at most 2,500 terms of up to 50, each good to 5e-6, over one of them.
                #expect(abs(Double(summary.entropy) - entropy) < 1e-4)
                let expected = scale * greatest + log(sum)
                #expect(abs(Double(Kernels.logSumExp(row, row: 0, scale: Float(scale))) - expected) < 1e-5)
            }
        }
        #expect(Kernels.softmax([2, .infinity * -1, 2]) == [0.5, 0, 0.5])
        let excluding = Kernels.lawSummary(
            Matrix(rows: 1, columns: 3, values: [2, .infinity * -1, 2]), row: 0, scale: 1, columns: [0, 1])
        #expect(excluding.probabilities == [0.5, 0] && abs(excluding.entropy - Float(log(2.0))) < 1e-6)
    }
}
