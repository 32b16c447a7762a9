import CTandemKernels
import TandemMath
import Testing

/// Activations to 8-bit codes.
struct RowsQuantizeTests {
    private struct Row: Equatable {
        var codes: [Int8]
        var scales: [UInt32]
        var scaledSums: [UInt32]
        var halfSums: [Int32]
        var outlierCount = 0

        init(_ x: [Float]) {
            codes = [Int8](repeating: 0, count: x.count)
            halfSums = [Int32](repeating: 0, count: x.count / 16)
            var scales = [Float](repeating: 0, count: x.count / 32)
            var sums = scales
            var outliers = [tk_outlier](repeating: tk_outlier(), count: x.count / 32)
            var outlierCount: UInt32 = 0
            tk_quantize_row(x, x.count, &codes, &scales, &sums, &halfSums, &outliers, &outlierCount)
            self.outlierCount = Int(outlierCount)
            self.scales = scales.map(\.bitPattern)
            scaledSums = sums.map(\.bitPattern)
        }

        /// One number after the other, as the definition has it.
        init(oracle x: [Float]) {
            (codes, scales, scaledSums, halfSums) = ([], [], [], [])
            for start in stride(from: 0, to: x.count, by: 32) {
                let block = x[start..<start + 32]
                let greatest = block.map(\.magnitude).max() ?? 0
                let scale = greatest / 127
                let inverse = greatest > 0 ? 127 / greatest : 0
                let rounded = block.map { Int8(($0 * inverse).rounded(.toNearestOrEven)) }
                codes += rounded
                let halves = [rounded.prefix(16), rounded.suffix(16)].map { $0.reduce(Int32(0)) { $0 + Int32($1) } }
                halfSums += halves
                scales.append(scale.bitPattern)
                scaledSums.append((scale * Float(halves[0] + halves[1])).bitPattern)
            }
        }
    }

    @Test func `codes, scales and sums are those of the definition, on every instruction set`() {
        for (index, power) in stride(from: -100, through: 120, by: 20).enumerated() {
            let size = Float(sign: .plus, exponent: power, significand: 1)
            let row = random(rows: 1, columns: 160, seed: UInt64(index), scale: size).row(0)
            let expected = Row(oracle: row)
            for set in InstructionSets.available {
                #expect(InstructionSets.with(set) { Row(row) } == expected, "2^\(power), set \(set.rawValue)")
            }
        }
    }

    @Test func `halves round to even, ends are 127, zeros have no scale`() {
        let halves = [Float(127)] + (1..<32).map { Float($0) / 2 }
        let row = Row(halves + [Float](repeating: 0, count: 32) + [Float](repeating: -100, count: 32))
        #expect(row == Row(oracle: halves + [Float](repeating: 0, count: 32) + [Float](repeating: -100, count: 32)))
        #expect(Array(row.codes[1...8]) == [0, 1, 2, 2, 2, 3, 4, 4])
        #expect(row.codes[32..<64].allSatisfy { $0 == 0 } && row.scales[1] == 0)
        #expect(row.codes[64...].allSatisfy { $0 == -127 })
    }

    @Test func `what is not finite spoils its own block alone`() {
        for bad in [Float.nan, .infinity, -.infinity] {
            for place in [32, 40, 48, 63] {
                var x = random(rows: 1, columns: 96, seed: 2).row(0)
                let clean = Row(x)
                x[place] = bad
                let spoilt = Row(x)
                for block in [0, 2] {
                    #expect(spoilt.scales[block] == clean.scales[block])
                    #expect(spoilt.codes[32 * block..<32 * block + 32] == clean.codes[32 * block..<32 * block + 32])
                }
            }
        }
    }

    @Test
    func `sums are those of the codes however small the numbers, and a NaN is not lost`() {
        for size in [1e-37, 1e-38, Float.leastNormalMagnitude / 64, .leastNonzeroMagnitude] {
            let row = Row((0..<32).map { $0 % 2 == 0 ? size : -size / 2 })
            let codes = row.codes.map { Int32($0) }
            #expect(row.halfSums == [codes[..<16].reduce(0, +), codes[16...].reduce(0, +)], "\(size)")
        }
        for place in [0, 5, 16, 31] {
            var x = [Float](repeating: 1, count: 32)
            x[place] = .nan
            #expect(!Float(bitPattern: Row(x).scales[0]).isFinite, "NaN at \(place)")
        }
    }
}
