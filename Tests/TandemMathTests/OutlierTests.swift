import CTandemKernels
import Testing

@testable import TandemMath

/// Activations too large for their block's 8-bit codes go through products as floats.
struct OutlierTests {
    private static let pool = ComputePool(threadCount: 1)
    static let formats: [TensorFormat] = [.q8_0, .q4_0, .q4_1]

    @Test(arguments: formats) func `a lone activation meets its weights exactly`(format: TensorFormat) throws {
        // Alone among zeros, every activation is an outlier; times a power of two, the weight keeps its bits.
        let weight = try Self.weight(format, rows: 19)
        let input = ActivationRows(rows: weight.columns, columns: weight.columns)
        for column in 0..<weight.columns {
            var row = [Float](repeating: 0, count: weight.columns)
            row[column] = column % 2 == 0 ? 4 : -0.5
            input.values.setRow(column, to: row)
        }
        let outputs = Self.product(input, weight)
        let decoded = Matrix(rows: 1, columns: weight.columns)
        for output in 0..<weight.rows {
            weight.unpack(row: output, into: decoded, at: 0)
            let expected = decoded.row(0).enumerated().map { $1 * ($0 % 2 == 0 ? 4 : -0.5) }
            #expect((0..<weight.columns).map { outputs[$0][output] } == expected)
        }
    }

    @Test(arguments: formats) func `outliers leave the precision of the others alone`(format: TensorFormat) throws {
        // Every row has the same noise; in the second, one activation in each other block is 500 times as large.
        let weight = try Self.weight(format, rows: 16)
        var generator = SeededGenerator(seed: 3)
        let quiet = (0..<weight.columns).map { _ in Float(generator.nextNormal()) }
        var loud = quiet
        for column in stride(from: 7, to: weight.columns, by: 64) { loud[column] = 500 }
        let input = ActivationRows(rows: 2, columns: weight.columns)
        let decoded = Matrix(rows: 1, columns: weight.columns)
        for (index, row) in [quiet, loud].enumerated() { input.values.setRow(index, to: row) }
        let outputs = Self.product(input, weight)
        for output in 0..<weight.rows {
            weight.unpack(row: output, into: decoded, at: 0)
            let weights = decoded.row(0)
            let size = weights.reduce(0) { max($0, abs($1)) }
            for (row, activations) in zip(outputs, [quiet, loud]) {
                let exact = zip(weights, activations).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
                // Rounding stays far below this. Codes with a step of 4, as outliers would make them, would not.
                #expect(abs(Double(row[output]) - exact) < 0.001 * Double(size) * Double(weight.columns))
            }
        }
    }

    @Test(arguments: formats) func `all instruction sets agree on rows with outliers`(format: TensorFormat) throws {
        let weight = try Self.weight(format, rows: 33)
        let input = ActivationRows(rows: 11, columns: weight.columns)
        var generator = SeededGenerator(seed: 5)
        for row in 0..<11 {
            // From none to more than there is room for.
            let share = Double(row) / 100
            input.values.setRow(
                row,
                to: (0..<weight.columns).map { _ in
                    Float(generator.nextNormal() * (generator.nextUnit() < share ? 90 : 1))
                })
        }
        #expect(InstructionSets.disagreement { Self.product(input, weight) } == [])
    }

    @Test func `a row has room for one outlier in each block`() throws {
        // 17 blocks of which the first is full of outliers: the first 17 of them stay floats, the others get codes.
        let columns = 17 * 32
        var row = [Float](repeating: 0, count: columns)
        for column in 0..<32 { row[column] = 1000 + Float(column) }
        let input = ActivationRows(rows: 1, columns: columns)
        input.values.setRow(0, to: row)
        input.quantize(pool: Self.pool)
        let rows = input.descriptor(rows: 0..<1)
        #expect(rows.outlier_counts[0] == 17)
        #expect((0..<17).map { rows.outliers[$0].input } == Array(0..<17))
        #expect((0..<17).map { rows.outliers[$0].value } == Array(row[..<17]))
        #expect((0..<17).allSatisfy { rows.codes[$0] == 0 } && rows.codes[31] == 127)
    }

    private static func weight(_ format: TensorFormat, rows: Int) throws -> WeightMatrix {
        var generator = SeededGenerator(seed: 1)
        let numbers = (0..<rows * 512).map { _ in Float(generator.nextNormal()) }
        return try WeightMatrix(Quantizer.encode(numbers, name: "w", shape: [rows, 512], as: format))
    }

    private static func product(_ input: ActivationRows, _ weight: WeightMatrix) -> [[Float]] {
        let output = Matrix(rows: input.values.rows, columns: weight.rows)
        input.quantize(pool: pool)
        Kernels.multiply(input, [.init(weight, into: output)], pool: pool)
        return (0..<input.values.rows).map(output.row)
    }
}
