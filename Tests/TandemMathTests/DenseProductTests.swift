import CTandemKernels
import TandemMath
import Testing

/// Dense products against sums in `Double`, and against themselves cut in other ways.
struct DenseProductTests {
    /// Rows, columns, depth: around the tile (6 or 8 rows, 16 or 48 columns) and with odd depths.
    static let shapes = [
        (1, 1, 1), (5, 15, 3), (6, 16, 2), (7, 17, 5), (8, 48, 7), (13, 50, 33), (25, 97, 64), (2, 3, 0),
    ]

    @Test(arguments: shapes) func `products equal sums in Double within the bound of a chain`(
        rows: Int, columns: Int, depth: Int
    ) {
        let left = matrix(rows, depth, seed: 1)
        let right = matrix(depth, columns, seed: 2)
        let expected = oracle(rows, columns, depth, left: { left[$0, $1] }, right: { right[$0, $1] })
        for isa in InstructionSets.available {
            InstructionSets.with(isa) {
                for form in Form.allCases {
                    let product = form.product(left, right, rows: rows, columns: columns)
                    for index in expected.indices {
                        let error = abs(Double(product.values[index]) - expected[index].sum)
                        #expect(
                            error <= expected[index].bound,
                            "isa \(isa.rawValue), \(form), element \(index): \(product.values[index])")
                    }
                }
            }
        }
    }

    @Test func `every form and every instruction set with plain multiply-adds gives the same bits`() {
        let (rows, columns, depth) = (19, 70, 45)
        let left = matrix(rows, depth, seed: 3)
        let right = matrix(depth, columns, seed: 4)
        var first: [Float]?
        for isa in InstructionSets.available where isa != TK_ISA_AVX512BF16 {
            InstructionSets.with(isa) {
                for form in Form.allCases {
                    let values = form.product(left, right, rows: rows, columns: columns).values
                    #expect(first == nil || first == values, "isa \(isa.rawValue), \(form)")
                    first = values
                }
            }
        }
    }

    @Test func `an element's bits depend neither on the other rows nor on threads`() {
        let (rows, columns, depth) = (41, 100, 30)
        let left = matrix(rows, depth, seed: 5)
        let right = packed(matrix(depth, columns, seed: 6))
        let whole = Matrix(rows: rows, columns: columns)
        Kernels.multiply(left.allRows, by: right, into: whole.allRows, on: ComputePool(threadCount: 1))
        let parts = Matrix(rows: rows, columns: columns)
        for range in [0..<1, 1..<9, 9..<22, 22..<41] {
            Kernels.multiply(
                left[rows: range], by: right, into: parts[rows: range], on: ComputePool(threadCount: 3))
        }
        #expect(whole.values == parts.values)
    }

    @Test func `adding the products of two halves of the depth gives the bits of the whole`() {
        // 1,200 and a cut at 800: several blocks of the depth in the kernel, cut elsewhere by the caller.
        let (rows, columns, depth, cut) = (3, 5, 1_200, 800)
        let left = matrix(depth, rows, seed: 7)
        let right = matrix(depth, columns, seed: 8)
        let pool = ComputePool(threadCount: 1)
        let whole = Matrix(rows: rows, columns: columns)
        Kernels.multiply(left.allRows, transposed: true, by: packed(right), into: whole.allRows, on: pool)
        let sum = Matrix(rows: rows, columns: columns)
        let operand = PackedOperand(depth: 0, columns: 0)
        for range in [0..<cut, cut..<depth] {
            Kernels.pack(right[rows: range], transposed: false, into: operand, on: pool)
            Kernels.multiply(
                left[rows: range], transposed: true, by: operand, into: sum.allRows, accumulating: true, on: pool)
        }
        #expect(whole.values == sum.values)
    }

    @Test func `inputs are rounded to the nearest bf16, ties to even, and NaN stays NaN`() {
        // 1 + 2⁻⁸ lies between the bf16 numbers 1 and 1 + 2⁻⁷; 1 + 3·2⁻⁸ between 1 + 2⁻⁷ and 1 + 2⁻⁶.
        let cases: [(Float, Float)] = [
            (1 + 0x1p-8, 1), (1 + 0x3p-8, 1 + 0x1p-6), (1 + 0x1.8p-8, 1 + 0x1p-7), (-1 - 0x1p-8, -1),
            (.infinity, .infinity), (3.4e38, .infinity), (0, 0),
        ]
        let one = packed(Matrix(rows: 1, columns: 1, values: [1]))
        let result = Matrix(rows: 1, columns: 1)
        let pool = ComputePool(threadCount: 1)
        for (input, expected) in cases {
            let matrix = Matrix(rows: 1, columns: 1, values: [input])
            Kernels.multiply(matrix.allRows, by: one, into: result.allRows, on: pool)
            #expect(result[0, 0] == expected)
            Kernels.multiply(one: matrix, into: result, on: pool)
            #expect(result[0, 0] == expected)
        }
        for bits: UInt32 in [0x7fc0_0000, 0x7f80_0001, 0x7fff_ffff, 0xffff_ffff] {
            let matrix = Matrix(rows: 1, columns: 1, values: [Float(bitPattern: bits)])
            Kernels.multiply(matrix.allRows, by: one, into: result.allRows, on: pool)
            #expect(result[0, 0].isNaN)
            Kernels.multiply(one: matrix, into: result, on: pool)
            #expect(result[0, 0].isNaN)
        }
    }

    @Test func `parts of an arena are matrices of the same memory`() {
        let arena = FloatArena(count: 48)
        let part = arena.matrix(rows: 3, columns: 5, at: 32)
        part[2, 4] = 7
        #expect(arena.all[0, 32 + 14] == 7)
        #expect(part.values.count == 15)
    }
}

/// The ways to hand the same two operands over.
private enum Form: CaseIterable {
    case plain, leftTransposed, rightTransposed

    func product(_ left: Matrix, _ right: Matrix, rows: Int, columns: Int) -> Matrix {
        // Only the calling thread uses the instruction set that was chosen.
        let pool = ComputePool(threadCount: 1)
        let output = Matrix(rows: rows, columns: columns)
        output.fill(with: 9)
        let operand = PackedOperand(depth: 0, columns: 0)
        let isRightTransposed = self == .rightTransposed
        Kernels.pack(
            (isRightTransposed ? transposed(right) : right).allRows, transposed: isRightTransposed, into: operand,
            on: pool)
        let isLeftTransposed = self == .leftTransposed
        Kernels.multiply(
            (isLeftTransposed ? transposed(left) : left).allRows, transposed: isLeftTransposed, by: operand,
            into: output.allRows, on: pool)
        return output
    }
}

extension Kernels {
    /// 1 · x, with x as the right operand.
    fileprivate static func multiply(one right: Matrix, into output: Matrix, on pool: ComputePool) {
        let one = Matrix(rows: 1, columns: 1, values: [1])
        multiply(one.allRows, by: packed(right), into: output.allRows, on: pool)
    }
}

private func matrix(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    return Matrix(
        rows: rows, columns: columns, values: (0..<rows * columns).map { _ in Float(generator.nextUnit() * 2 - 1) })
}

private func transposed(_ matrix: Matrix) -> Matrix {
    let result = Matrix(rows: matrix.columns, columns: matrix.rows)
    for row in 0..<matrix.rows { for column in 0..<matrix.columns { result[column, row] = matrix[row, column] } }
    return result
}

private func packed(_ matrix: Matrix) -> PackedOperand {
    let operand = PackedOperand(depth: 0, columns: 0)
    Kernels.pack(matrix.allRows, transposed: false, into: operand, on: ComputePool(threadCount: 1))
    return operand
}

/// bf16 by arithmetic rather than by bits: 8 significant bits, ties to even.
private func rounded(_ x: Float) -> Double {
    guard x != 0 else { return 0 }
    let unit = Double(sign: .plus, exponent: Int(x.exponent) - 7, significand: 1)
    return (Double(x) / unit).rounded(.toNearestOrEven) * unit
}

/// The exact product of the rounded inputs, and how far a chain of `depth` roundings can be from it: depth · 2⁻²⁴ (with
/// room for the second order) times Σ|a·b|; twice that for the bf16 instruction, which rounds twice for each pair.
private func oracle(
    _ rows: Int, _ columns: Int, _ depth: Int, left: (Int, Int) -> Float, right: (Int, Int) -> Float
) -> [(sum: Double, bound: Double)] {
    (0..<rows * columns).map { index in
        var sum = 0.0
        var size = 0.0
        for k in 0..<depth {
            let term = rounded(left(index / columns, k)) * rounded(right(k, index % columns))
            sum += term
            size += abs(term)
        }
        return (sum, 2.02 * Double(depth) * 0x1p-24 * size)
    }
}
