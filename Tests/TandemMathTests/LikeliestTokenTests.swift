import TandemMath
import Testing

struct LikeliestTokenTests {
    @Test(arguments: [1, 7, 64, 300]) func `the likeliest tokens are those that sorting finds`(columns: Int) {
        var generator = SeededGenerator(seed: UInt64(columns))
        // Few values, so that many are equal.
        let logits = Matrix(
            rows: 5, columns: columns, values: (0..<5 * columns).map { _ in Float(generator.next(in: -20...20)) / 4 })
        for count in [1, min(5, columns), columns] {
            let found = Kernels.likeliestTokens(logits[rows: 1..<4], count: count, on: ComputePool(threadCount: 2))
            #expect(found.tokens.count == 3 * count && found.logProbabilities.count == 3 * count)
            for row in 1..<4 {
                let values = logits.row(row)
                let sorted = values.indices.sorted { values[$0] > values[$1] || (values[$0] == values[$1] && $0 < $1) }
                let entries = (row - 1) * count..<row * count
                #expect(found.tokens[entries].map(Int.init) == Array(sorted.prefix(count)))
                let total = Kernels.logSumExp(logits, row: row)
                #expect(
                    Array(found.logProbabilities[entries]) == sorted.prefix(count).map { min(0, values[$0] - total) })
            }
        }
    }

    @Test func `a half-precision row comes back as it was rounded`() {
        var generator = SeededGenerator(seed: 2)
        let numbers = (0..<19).map { _ in Float(generator.nextNormal()) }
        let matrix = Matrix(rows: 3, columns: 19)
        matrix.setRow(1, to: numbers)
        let bytes = MappedBytes([7] + matrix.halfPrecisionBytes(row: 1))
        #expect(matrix.setRow(2, toHalfPrecision: bytes, at: 1))
        #expect(matrix.row(2) == numbers.map { Float(halfPrecisionBits: $0.halfPrecisionBits) })
        #expect(!matrix.setRow(2, toHalfPrecision: bytes, at: 2))
        #expect(!matrix.setRow(2, toHalfPrecision: bytes, at: -1))
    }
}
