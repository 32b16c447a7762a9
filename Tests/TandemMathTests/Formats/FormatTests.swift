import TandemMath
import Testing

struct FormatTests {
    private func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }

    private func words(_ hexadecimal: String) -> [UInt32] {
        MappedBytes(bytes(hexadecimal)).integers(at: 0, count: bytes(hexadecimal).count / 4) ?? []
    }

    @Test(arguments: FormatFixture.decoding.indices)
    func `decoding gives the numbers of an independent program, to the bit`(index: Int) throws {
        let sample = FormatFixture.decoding[index]
        let format = try #require(TensorFormat(rawValue: sample.format))
        let expected = words(sample.numbers)
        let tensor = try TensorData(
            name: "sample", format: format, shape: [expected.count], bytes: MappedBytes(bytes(sample.bytes)))
        #expect(tensor.floats().map(\.bitPattern) == expected)
    }

    @Test(arguments: FormatFixture.encoding.indices)
    func `encoding gives the bytes of an independent program`(index: Int) throws {
        let sample = FormatFixture.encoding[index]
        let format = try #require(TensorFormat(rawValue: sample.format))
        let numbers = words(sample.numbers).map { Float(bitPattern: $0) }
        let tensor = try Quantizer.encode(numbers, name: "sample", shape: [numbers.count], as: format)
        #expect(tensor.bytes.array == bytes(sample.bytes))
        // Row by row from a float tensor, the bytes are the same.
        let source = try Quantizer.encode(numbers, name: "sample", shape: [numbers.count / 32, 32], as: .float32)
        #expect(try Quantizer.encode(source, as: format).bytes.array == tensor.bytes.array)
    }

    @Test(arguments: [nil, 1, 2])
    func `matrices and rows of packed weights are encoded as their numbers are, on any number of threads`(
        threads: Int?
    ) throws {
        let pool = threads.map { ComputePool(threadCount: $0) }
        let numbers = (0..<3_000 * 64).map { Float($0 * 7_919 % 1_001) - 500 }
        let matrix = Matrix(rows: 3_000, columns: 64, values: numbers)
        let order = (0..<3_000).map { $0 * 7 % 3_000 }
        let reordered = order.flatMap { numbers[$0 * 64..<($0 + 1) * 64] }
        for format in TensorFormat.allCases where format.isEncodable {
            let expected = try Quantizer.encode(numbers, name: "w", shape: [3_000, 64], as: format)
            #expect(try Quantizer.encode(matrix, name: "w", as: format, on: pool).bytes.array == expected.bytes.array)
            let rows = try Quantizer.encode(rows: order, of: WeightMatrix(matrix), name: "w", as: format, on: pool)
            let inOrder = try Quantizer.encode(reordered, name: "w", shape: [3_000, 64], as: format)
            #expect(rows.bytes.array == inOrder.bytes.array)
        }
    }

    @Test(arguments: TensorFormat.allCases)
    func `a tensor knows whether all its numbers are finite`(format: TensorFormat) throws {
        let count = 3 * max(32, format.blockLength)
        let blank = [UInt8](repeating: 0, count: count / format.blockLength * format.blockByteCount)
        func tensor(_ bytes: [UInt8]) throws -> TensorData {
            try TensorData(name: "w", format: format, shape: [3, count / 3], bytes: MappedBytes(bytes))
        }
        #expect(try tensor(blank).isFinite)
        for position in blank.indices {
            var bytes = blank
            bytes[position] = 0xFF
            if position > 0 { bytes[position - 1] = 0xFF }
            let tensor = try tensor(bytes)
            #expect(tensor.isFinite == tensor.floats().allSatisfy(\.isFinite), "byte \(position)")
        }
    }

    @Test func `every fixture names a format, and every format has a fixture`() {
        #expect(Set(FormatFixture.decoding.map(\.format)) == Set(TensorFormat.allCases.map(\.rawValue)))
        let encodable = TensorFormat.allCases.filter(\.isEncodable)
        #expect(Set(FormatFixture.encoding.map(\.format)) == Set(encodable.map(\.rawValue)))
    }

    @Test func `a row is decoded alone as in the whole`() throws {
        let numbers = (0..<192).map { Float($0 * $0 % 37) - 18 }
        let tensor = try Quantizer.encode(numbers, name: "w", shape: [3, 64], as: .q4_1)
        let whole = tensor.floats()
        var row = [Float](repeating: .nan, count: 65)
        for index in 0..<3 {
            tensor.decode(row: index, into: &row)
            #expect(Array(row.prefix(64)) == Array(whole[64 * index..<64 * (index + 1)]))
            #expect(row[64].isNaN)
        }
    }

    @Test func `all half-precision numbers survive the way to Float and back`() {
        var expectations = 0
        for bits in UInt16.min...UInt16.max {
            let value = Float(halfPrecisionBits: bits)
            if value.isNaN {
                expectations += Float(bitPattern: value.bitPattern).halfPrecisionBits & 0x7C00 == 0x7C00 ? 1 : 0
            } else {
                expectations += value.halfPrecisionBits == bits ? 1 : 0
            }
        }
        #expect(expectations == 65_536)
    }

    @Test func `half-precision rounding is to the nearest, ties to even`() {
        for bits in stride(from: UInt16(0), to: 0x7BFF, by: 7) {
            let low = Float(halfPrecisionBits: bits)
            let high = Float(halfPrecisionBits: bits + 1)
            // Exact: neighbours differ by a power of two, and Float has 13 bits more.
            let middle = low + (high - low) / 2
            #expect(middle.halfPrecisionBits == (bits % 2 == 0 ? bits : bits + 1))
            #expect(middle.nextUp.halfPrecisionBits == bits + 1)
            #expect(middle.nextDown.halfPrecisionBits == bits)
        }
        #expect(Float(65_519.99).halfPrecisionBits == 0x7BFF)
        #expect(Float(65_520).halfPrecisionBits == 0x7C00)
        #expect((-Float.infinity).halfPrecisionBits == 0xFC00)
        #expect(Float(1e-9).halfPrecisionBits == 0)
        #expect(Float(-1e-9).halfPrecisionBits == 0x8000)
    }

    @Test func `bfloat16 rounding is to the nearest, ties to even, and keeps NaN`() {
        #expect(Float(bitPattern: 0x3F80_8000).bfloat16Bits == 0x3F80)
        #expect(Float(bitPattern: 0x3F81_8000).bfloat16Bits == 0x3F82)
        #expect(Float(bitPattern: 0x3F80_8001).bfloat16Bits == 0x3F81)
        #expect(Float(bfloat16Bits: Float(bitPattern: 0x7F80_0001).bfloat16Bits).isNaN)
        #expect(Float(bfloat16Bits: Float(bitPattern: 0x7FFF_FFFF).bfloat16Bits).isNaN)
    }

    @Test(arguments: [TensorFormat.q8_0, .q4_0, .q4_1])
    func `block formats refuse what is not finite or out of range, and name the row`(format: TensorFormat) throws {
        for bad in [Float.nan, .infinity, 3e38] {
            var numbers = [Float](repeating: 1, count: 96)
            numbers[70] = bad
            let error = #expect(throws: TensorDataError.self) {
                try Quantizer.encode(numbers, name: "w", shape: [3, 32], as: format)
            }
            #expect(error?.description.contains("Row 2 of w") == true)
        }
        // Numbers whose scale has no inverse become zeros (or, with a minimum, that minimum).
        let tiny = try Quantizer.encode(
            [Float](repeating: Float(bitPattern: 700), count: 32), name: "w", shape: [32], as: format)
        #expect(tiny.floats().allSatisfy { $0 == 0 })
    }

    @Test func `float formats keep infinities and refuse to make new ones`() throws {
        let kept = try Quantizer.encode([.infinity, -.infinity], name: "w", shape: [2], as: .float16)
        #expect(kept.floats() == [.infinity, -.infinity])
        #expect(throws: TensorDataError.self) { try Quantizer.encode([70_000], name: "w", shape: [1], as: .float16) }
        #expect(throws: TensorDataError.self) {
            try Quantizer.encode([.greatestFiniteMagnitude], name: "w", shape: [1], as: .bfloat16)
        }
    }

    @Test func `shapes and formats that do not fit are refused`() throws {
        #expect(throws: TensorDataError.self) { try Quantizer.encode([1, 2], name: "w", shape: [3], as: .float32) }
        #expect(throws: TensorDataError.self) { try Quantizer.encode([1, 2], name: "w", shape: [2], as: .q8_0) }
        #expect(throws: TensorDataError.self) {
            try Quantizer.encode([Float](repeating: 0, count: 256), name: "w", shape: [256], as: .q6_K)
        }
    }

    @Test func `rows move without being decoded`() throws {
        let numbers = (0..<96).map { Float($0) }
        let tensor = try Quantizer.encode(numbers, name: "w", shape: [3, 32], as: .q8_0)
        let whole = tensor.floats()
        let moved = try tensor.reorderingRows([2, 0, 1])
        #expect(moved.floats() == Array(whole[64..<96] + whole[0..<64]))
        #expect(throws: TensorDataError.self) { try tensor.reorderingRows([0, 1]) }
        #expect(throws: TensorDataError.self) { try tensor.reorderingRows([0, 1, 3]) }
        let vector = try Quantizer.encode([5, 6, 7], name: "v", shape: [3], as: .float16)
        #expect(try vector.reorderingRows([1, 2, 0]).floats() == [6, 7, 5])
    }
}
