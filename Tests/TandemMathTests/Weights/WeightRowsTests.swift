import TandemMath
import TandemTestSupport
import Testing

struct WeightRowsTests {
    @Test(arguments: TensorFormat.allCases) func `picked rows are the weight's rows, bit for bit`(format: TensorFormat)
        throws
    {
        let columns = format.blockLength > 1 ? 512 : 24
        let weight = try WeightMatrix(TensorData.random(format, rows: 37, columns: columns, seed: 1))
        let picked = WeightRows(of: weight, capacity: 100)
        #expect(picked.matrix == nil)
        var order: [Int] = []
        for step in 0..<70 {
            let row = step * 11 % 37
            picked.append(copying: row)
            order.append(row)
        }
        picked.replace(3, copying: 36)
        order[3] = 36
        let matrix = try #require(picked.matrix)
        #expect(matrix.rows == 70 && matrix.format == format)
        let (found, expected) = (Matrix(rows: 1, columns: columns), Matrix(rows: 1, columns: columns))
        for (place, row) in order.enumerated() {
            matrix.unpack(row: place, into: found, at: 0)
            weight.unpack(row: row, into: expected, at: 0)
            #expect(found.values.map(\.bitPattern) == expected.values.map(\.bitPattern), "row \(row)")
        }
        // And so are their products, written beside others.
        let pool = ComputePool(threadCount: 2)
        let input = ActivationRows(rows: 5, columns: columns)
        var generator = SeededGenerator(seed: 2)
        for row in 0..<5 { input.values.setRow(row, to: (0..<columns).map { _ in Float(generator.nextNormal()) }) }
        if weight.isQuantized { input.quantize(pool: pool) }
        let (all, some) = (Matrix(rows: 5, columns: 37), Matrix(rows: 5, columns: 37 + 70))
        some.fill(with: 7)
        Kernels.multiply(input, [WeightProduct(weight, into: all)], pool: pool)
        Kernels.multiply(
            input, [WeightProduct(weight, into: some, rows: 1..<4), WeightProduct(matrix, into: some, column: 37)],
            pool: pool)
        for row in 0..<5 {
            let expected = all.row(row)
            #expect(
                Array(some.row(row)[..<37]) == ((1..<4).contains(row) ? expected : [Float](repeating: 7, count: 37)))
            #expect(Array(some.row(row)[37...]) == order.map { expected[$0] })
        }
        picked.removeAll()
        #expect(picked.matrix == nil && picked.count == 0)
    }

    @Test func `columns are copied, scaled and turned round`() {
        let wide = Matrix(rows: 2, columns: 4)
        wide.copyColumns(from: Matrix(rows: 2, columns: 2, values: [1, 2, 3, 4]), to: 1)
        wide.fill(row: 1, columns: 3..<4, with: 9)
        #expect(wide.values == [0, 1, 2, 0, 0, 3, 4, 9])
        wide.scaleColumns(by: [1, 2, 3, 4])
        #expect(wide.values == [0, 2, 6, 0, 0, 6, 12, 36])
        #expect(wide.transposed().values == [0, 0, 2, 6, 6, 12, 0, 36])
    }
}
