import TandemMath
import Testing

struct NormalEquationsTests {
    private static func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
        var generator = SeededGenerator(seed: seed)
        return Matrix(
            rows: rows, columns: columns, values: (0..<rows * columns).map { _ in Float(generator.nextNormal()) })
    }

    /// Rows of `inputs`, taken through `weights`, in double precision.
    private static func outputs(_ inputs: Matrix, through weights: Matrix) -> Matrix {
        let result = Matrix(rows: inputs.rows, columns: weights.rows)
        for row in 0..<inputs.rows {
            let input = inputs.row(row)
            result.setRow(
                row,
                to: (0..<weights.rows).map { output in
                    Float(zip(input, weights.row(output)).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
                })
        }
        return result
    }

    @Test(arguments: [(1, 1), (3, 2), (17, 5), (40, 33)])
    func `a linear law is found again`(inputWidth: Int, outputWidth: Int) throws {
        let pool = ComputePool(threadCount: 2)
        let law = Self.random(outputWidth, inputWidth, seed: 1)
        let inputs = Self.random(500, inputWidth, seed: 2)
        let outputs = Self.outputs(inputs, through: law)
        let equations = NormalEquations(inputWidth: inputWidth, outputWidth: outputWidth)
        for rows in [0..<200, 200..<200, 200..<500] {
            equations.add(inputs: inputs[rows: rows], outputs: outputs[rows: rows], pool: pool)
        }
        #expect(equations.count == 500)
        let found = try #require(equations.solve(ridge: 0, pool: pool))
        // Inputs and outputs are rounded to bf16, whose errors of 2⁻⁹ largely cancel over 500 rows.
        let greatest = zip(found.values, law.values).map { abs($0 - $1) }.max() ?? .infinity
        #expect(greatest < 0.01)
        let bound = 0.01 * Double(outputWidth) * 500
        #expect(equations.squaredError(of: found, pool: pool) < bound)
        // The same sums in other batches, by one thread.
        let parts = [0..<200, 200..<500].map { rows in
            let part = NormalEquations(inputWidth: inputWidth, outputWidth: outputWidth)
            part.add(inputs: inputs[rows: rows], outputs: outputs[rows: rows], pool: ComputePool(threadCount: 1))
            return part
        }
        parts[0].add(parts[1])
        #expect(parts[0].solve(ridge: 0, pool: ComputePool(threadCount: 1))?.values == found.values)
    }

    @Test func `the gradient of the penalised error vanishes at the solution`() throws {
        let pool = ComputePool(threadCount: 2)
        // Numbers that bf16 holds exactly.
        func rounded(_ matrix: Matrix) -> Matrix {
            Matrix(
                rows: matrix.rows, columns: matrix.columns,
                values: matrix.values.map { Float(bfloat16Bits: $0.bfloat16Bits) })
        }
        let inputs = rounded(Self.random(30, 12, seed: 3))
        let outputs = rounded(Self.random(30, 2, seed: 4))
        let equations = NormalEquations(inputWidth: 12, outputWidth: 2)
        equations.add(inputs: inputs.allRows, outputs: outputs.allRows, pool: pool)
        let solution = try #require(equations.solve(ridge: 3, pool: pool))
        let errors = Self.outputs(inputs, through: solution)
        for output in 0..<2 {
            for input in 0..<12 {
                var gradient = 3 * Double(solution[output, input])
                for row in 0..<30 {
                    gradient += Double(errors[row, output] - outputs[row, output]) * Double(inputs[row, input])
                }
                // Sums of 30 products of numbers around 1, in single precision.
                #expect(abs(gradient) < 1e-4)
            }
        }
    }

    @Test func `equations without one solution have none`() {
        let pool = ComputePool(threadCount: 1)
        let equations = NormalEquations(inputWidth: 3, outputWidth: 1)
        #expect(equations.solve(ridge: 0, pool: pool) == nil)
        #expect(equations.solve(ridge: 1, pool: pool)?.values == [0, 0, 0])
        equations.add(
            inputs: Matrix(rows: 1, columns: 3, values: [1, .nan, 0]).allRows,
            outputs: Matrix(rows: 1, columns: 1, values: [1]).allRows, pool: pool)
        #expect(equations.solve(ridge: 1, pool: pool) == nil)
    }
}
