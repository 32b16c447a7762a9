import CTandemKernels
import Foundation
import TandemMath
import Testing

/// Norms, gates, the exponential and the search for the greatest, against double precision and by instruction set.
struct RowKernelTests {
    private static let sizes = [1, 2, 15, 16, 17, 31, 32, 33, 64, 100]

    @Test func `RMS norm is that of double precision, and the same bits everywhere`() {
        for size in Self.sizes {
            let input = random(rows: 3, columns: size, seed: UInt64(size), scale: 3)
            let weight = random(rows: 1, columns: size, seed: 2)
            let compute = {
                let output = Matrix(rows: 3, columns: size)
                Kernels.rmsNorm(input, weight: weight, epsilon: 1e-5, rows: 0..<3, into: output)
                return output
            }
            let found = compute()
            for row in 0..<3 {
                let x = input.row(row).map(Double.init)
                let factor = 1 / (x.reduce(0) { $0 + $1 * $1 } / Double(size) + Double(Float(1e-5))).squareRoot()
                for column in 0..<size {
                    let expected = x[column] * factor * Double(weight[0, column])
                    // At most size / 16 + 5 roundings in the sum, halved by the root, and six more.
                    let bound = abs(expected) * (Double(size) / 32 + 9) * 0x1p-24
                    #expect(abs(Double(found[row, column]) - expected) <= bound)
                }
            }
            #expect(InstructionSets.disagreement { compute().bits } == [])
            let inPlace = random(rows: 3, columns: size, seed: UInt64(size), scale: 3)
            Kernels.rmsNorm(inPlace, weight: weight, epsilon: 1e-5, into: inPlace, pool: ComputePool(threadCount: 2))
            #expect(inPlace.bits == found.bits)
        }
    }

    @Test func `the exponential is within 2⁻²² of double precision, 1 at 0, and 0 at -infinity`() {
        // softmax of (x, 0) holds exp(x) before it is normalised; the gate holds 1 / (1 + exp(-x)).
        for step in -880...880 {
            let x = Float(step) / 10
            let logistic = gate([x], [1])[0] / (x == 0 ? 1 : x)
            let expected = x == 0 ? 0 : 1 / (1 + exp(-Double(x)))
            // The exponential's 2⁻²², the sum, the quotient and the division here: 2⁻²⁴ each.
            #expect(abs(Double(logistic) - expected) <= expected * 0x1p-21 + 1e-40, "\(x)")
        }
        #expect(Kernels.softmax([0, 0]) == [0.5, 0.5])
        #expect(Kernels.softmax([0, -.infinity, -200]) == [1, 0, 0])
    }

    @Test func `the gate takes any number`() {
        let gates: [Float] = [0, -0.0, 1e-30, -1e-30, 88, -88, 89, -89, 300, -300, 3e38, -3e38, .infinity]
        let found = gate(gates, [Float](repeating: 2, count: gates.count))
        #expect(found[0] == 0 && found[1] == 0)
        for (index, x) in gates.enumerated() {
            let expected = Float(Double(x) * (1 / (1 + exp(-Double(x)))) * 2)
            if expected.isFinite {
                #expect(abs(found[index] - expected) <= abs(expected) * 0x1p-21 + 1e-36, "\(x)")
            } else {
                #expect(found[index] == expected, "\(x)")
            }
        }
        #expect(gate([.nan], [1])[0].isNaN)
        for size in Self.sizes {
            let input = random(rows: 2, columns: size, seed: 5, scale: 40)
            #expect(
                InstructionSets.disagreement { gate(input.row(0), input.row(1)).map(\.bitPattern) } == [])
        }
    }

    @Test func `the greatest is the first of equals, and never NaN`() {
        for size in Self.sizes {
            for seed in 0..<30 as Range<UInt64> {
                var generator = SeededGenerator(seed: seed)
                // A few different numbers, so that there are ties, and some that are none.
                let values = (0..<size).map { _ -> Float in
                    switch generator.next(in: 0...11) {
                    case 0: .nan
                    case 1: -.infinity
                    case 2 where seed % 3 == 0: .infinity
                    default: Float(generator.next(in: -2...2))
                    }
                }
                let greatest = values.filter { !$0.isNaN }.max() ?? -.infinity
                let expected = greatest > -.infinity ? values.firstIndex(of: greatest) : 0
                let row = Matrix(rows: 1, columns: size, values: values)
                for set in InstructionSets.available {
                    let found = InstructionSets.with(set) { Kernels.argmax(row, row: 0) }
                    #expect(found == expected, "\(values), instruction set \(set.rawValue)")
                }
            }
        }
        #expect(Kernels.argmax(Matrix(rows: 1, columns: 40, values: [Float](repeating: .nan, count: 40)), row: 0) == 0)
    }

    private func gate(_ gate: [Float], _ up: [Float]) -> [Float] {
        var output = [Float](repeating: 0, count: gate.count)
        tk_gate(gate, up, gate.count, &output)
        return output
    }
}

func exponential(_ x: Double) -> Double { exp(x) }
