import TandemMath
import Testing

struct RoundingTests {
    private static func numbers(rows: Int, columns: Int) -> Matrix {
        var generator = SeededGenerator(seed: 7)
        return Matrix(
            rows: rows, columns: columns, values: (0..<rows * columns).map { _ in Float(generator.nextNormal()) })
    }

    @Test(arguments: TensorFormat.allCases.filter(\.isEncodable), [1, 3])
    func `rounding is storing and reading`(format: TensorFormat, threads: Int) throws {
        let pool = ComputePool(threadCount: threads)
        let source = Self.numbers(rows: 1_500, columns: 64)
        let target = Matrix(rows: 1_500, columns: 64)
        try Quantizer.round(source, as: format, into: target, on: pool)
        let stored = try Quantizer.encode(source.values, name: "w", shape: [1_500, 64], as: format).floats()
        #expect(target.values == stored)
        try Quantizer.round(source, as: format, into: source, on: pool)
        #expect(source.values == stored)
        guard format != .q4_1 else { return }
        try Quantizer.round(target, as: format, into: target, on: pool)
        #expect(target.values == stored)
    }

    @Test func `what a format cannot hold is an error`() throws {
        let pool = ComputePool(threadCount: 1)
        let source = Self.numbers(rows: 2, columns: 32)
        source[1, 5] = .infinity
        let error = #expect(throws: TensorDataError.self) {
            try Quantizer.round(source, as: .q4_0, into: source, on: pool)
        }
        #expect(error?.description.contains("Row 1") == true)
        #expect(throws: TensorDataError.self) {
            try Quantizer.round(Matrix(rows: 1, columns: 33), as: .q8_0, into: Matrix(rows: 1, columns: 33), on: pool)
        }
    }
}
