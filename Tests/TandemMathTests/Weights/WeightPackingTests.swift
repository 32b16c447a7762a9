import TandemMath
import TandemTestSupport
import Testing

/// A packed weight holds the numbers of the file.
struct WeightPackingTests {
    @Test(arguments: TensorFormat.allCases)
    func `unpacking gives the decoded numbers, bit for bit`(format: TensorFormat) throws {
        let columns = format.blockLength == 1 ? 37 : 512
        for rows in [1, 15, 16, 17, 33] {
            let tensor = try TensorData.random(format, rows: rows, columns: columns, seed: UInt64(rows))
            let weight = try WeightMatrix(tensor, pool: ComputePool(threadCount: 2))
            #expect(weight.isQuantized == (format.blockLength > 1))
            #expect(weight.byteCount == WeightMatrix.packedByteCount(of: tensor))
            check(weight, tensor)
        }
    }

    @Test(arguments: TensorFormat.allCases.filter { $0.blockLength > 1 })
    func `factors may be anything that halves can be`(format: TensorFormat) throws {
        let tensor = try TensorData.random(format, rows: 5, columns: 256, seed: 3)
        for bits: UInt16 in [0x0000, 0x8000, 0x0001, 0x83ff, 0x0400, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7e00] {
            let changed = try tensor.settingFactors(to: [bits, bits ^ 0x8000])
            check(try WeightMatrix(changed), changed)
        }
    }

    @Test func `every half-precision number is itself when unpacked`() throws {
        let bytes = (0..<65_536).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        let tensor = try TensorData(name: "halves", format: .float16, shape: [256, 256], bytes: MappedBytes(bytes))
        check(try WeightMatrix(tensor), tensor)
    }

    @Test func `weights in an arena stand side by side and stay what they are`() throws {
        let tensors = try TensorFormat.allCases.enumerated().map {
            try TensorData.random($1, rows: 20 + $0, columns: 256, seed: UInt64($0))
        }
        let arena = WeightArena(byteCount: tensors.reduce(0) { $0 + WeightMatrix.packedByteCount(of: $1) })
        let weights = try tensors.map { try WeightMatrix($0, in: arena) }
        for (weight, tensor) in zip(weights, tensors) { check(weight, tensor) }
    }

    @Test func `floats of a matrix are a weight`() {
        let values = random(rows: 18, columns: 7, seed: 1)
        let weight = WeightMatrix(values)
        let row = Matrix(rows: 1, columns: 7)
        weight.unpack(row: 17, into: row, at: 0)
        #expect(row.bits == values.bits(row: 17))
    }

    @Test func `what is no matrix is refused by name`() throws {
        let vector = try Quantizer.encode([1, 2], name: "norm", shape: [2], as: .float32)
        let error = #expect(throws: WeightError.self) { try WeightMatrix(vector) }
        #expect(error?.description.contains("norm") == true)
        let empty = try Quantizer.encode([], name: "empty", shape: [0, 2], as: .float32)
        #expect(throws: WeightError.self) { try WeightMatrix(empty) }
        let narrow = try Quantizer.encode([], name: "narrow", shape: [2, 0], as: .float32)
        #expect(throws: WeightError.self) { try WeightMatrix(narrow) }
    }

    private func check(_ weight: WeightMatrix, _ tensor: TensorData) {
        let decoded = tensor.floats()
        let row = Matrix(rows: 2, columns: tensor.columns)
        for index in 0..<tensor.rows {
            weight.unpack(row: index, into: row, at: 1)
            let expected = decoded[index * tensor.columns..<(index + 1) * tensor.columns]
            // Two NaN are alike whatever their payload.
            let same = zip(row.row(1), expected).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) }
            #expect(same, "row \(index) of \(tensor.rows), \(tensor.format.rawValue)")
        }
    }
}
