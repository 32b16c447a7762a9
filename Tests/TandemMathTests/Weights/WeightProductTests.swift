import CTandemKernels
import TandemMath
import TandemTestSupport
import Testing

/// Products of a few rows: right within a derived bound, and the same bits however they are computed.
struct WeightProductTests {
    private static let pool = ComputePool(threadCount: 1)

    static func columns(_ format: TensorFormat) -> [Int] {
        switch format.blockLength {
        case 1: [1, 31, 33, 64]
        case 32: [32, 64, 96, 256]
        default: [256, 512]
        }
    }

    @Test(arguments: TensorFormat.allCases)
    func `products equal sums in Double within the bound of their roundings`(format: TensorFormat) throws {
        for (index, columns) in Self.columns(format).enumerated() {
            for rows in [1, 15, 16, 17, 33] {
                let tensor = try TensorData.random(format, rows: rows, columns: columns, seed: UInt64(rows * 9 + index))
                try check(tensor, against: random(rows: 3, columns: columns, seed: UInt64(index)))
            }
        }
    }

    @Test(arguments: TensorFormat.allCases.filter { $0.blockLength > 1 })
    func `codes and activations at their ends overflow nothing`(format: TensorFormat) throws {
        let tensor = try TensorData.random(format, rows: 17, columns: 256, seed: 4)
        let activations = Matrix(rows: 4, columns: 256)
        activations.setRow(0, to: [Float](repeating: 1, count: 256))
        activations.setRow(1, to: [Float](repeating: -1, count: 256))
        activations.setRow(2, to: (0..<256).map { $0 % 2 == 0 ? 3 : -3 })
        for byte: UInt8 in [0x00, 0x80, 0x7f, 0xff, 0x88, 0x0f] {
            let extreme = try tensor.settingCodes(to: byte)
            try check(extreme, against: activations)
            #expect(
                InstructionSets.disagreement { product(WeightMatrix(packing: extreme), activations).bits } == [],
                "codes \(byte)")
        }
    }

    @Test(arguments: TensorFormat.allCases.filter { $0.blockLength > 1 })
    func `scales may be subnormal or as great as halves go`(format: TensorFormat) throws {
        let tensor = try TensorData.random(format, rows: 17, columns: 256, seed: 5)
        for bits: UInt16 in [0x0001, 0x8001, 0x03ff, 0x7bff, 0xfbff, 0x0000] {
            let scaled = try tensor.settingFactors(to: [bits, bits ^ 0x8000])
            for size: Float in [1e-20, 1, 1e20] {
                let activations = random(rows: 2, columns: 256, seed: 6, scale: size)
                try check(scaled, against: activations)
                #expect(
                    InstructionSets.disagreement { product(WeightMatrix(packing: scaled), activations).bits } == [])
            }
        }
    }

    @Test(arguments: TensorFormat.allCases)
    func `a row's bits depend neither on other rows nor on the instruction set`(format: TensorFormat) throws {
        for (rows, columns) in [(33, format.blockLength == 1 ? 33 : 256), (80, format.blockLength == 1 ? 17 : 256)] {
            let tensor = try TensorData.random(format, rows: rows, columns: columns, seed: 7)
            let weight = try WeightMatrix(tensor)
            let activations = random(rows: 70, columns: columns, seed: 8)
            let alone = InstructionSets.with(TK_ISA_PORTABLE) {
                (0..<70).map { product(weight, activations, rows: $0..<$0 + 1).bits(row: 0) }
            }
            for set in InstructionSets.available {
                for count in rows == 33 ? Array(1...20) : [70] {
                    let together = InstructionSets.with(set) { product(weight, activations, rows: 0..<count) }
                    for row in 0..<count {
                        #expect(
                            together.bits(row: row) == alone[row],
                            "row \(row) of \(count), instruction set \(set.rawValue)")
                    }
                }
            }
        }
    }

    @Test(arguments: TensorFormat.allCases)
    func `threads and company in a region change nothing`(format: TensorFormat) throws {
        let columns = 256
        let weights = try [300, 17, 1].map {
            try WeightMatrix(TensorData.random(format, rows: $0, columns: columns, seed: UInt64($0)))
        }
        let input = quantized(random(rows: 5, columns: columns, seed: 9))
        let alone = weights.map { weight in
            let output = Matrix(rows: 5, columns: weight.rows)
            Kernels.multiply(input, [WeightProduct(weight, into: output)], pool: Self.pool)
            return output.bits
        }
        for threads in 1...3 {
            let outputs = weights.map { Matrix(rows: 6, columns: $0.rows) }
            outputs.forEach { $0.fill(with: 7) }
            Kernels.multiply(
                input, zip(weights, outputs).map { WeightProduct($0, into: $1) },
                pool: ComputePool(threadCount: threads))
            for (output, expected) in zip(outputs, alone) {
                #expect(Array(output.bits.prefix(expected.count)) == expected, "\(threads) threads")
                #expect(output.row(5).allSatisfy { $0 == 7 }, "A row beyond the input was written.")
            }
        }
    }

    @Test(arguments: TensorFormat.allCases)
    func `adding is one more rounding`(format: TensorFormat) throws {
        let weight = try WeightMatrix(TensorData.random(format, rows: 19, columns: 256, seed: 10))
        let activations = random(rows: 5, columns: 256, seed: 11)
        let plain = product(weight, activations)
        let sum = random(rows: 5, columns: 19, seed: 12)
        let expected = zip(sum.values, plain.values).map { ($0 + $1).bitPattern }
        let input = quantized(activations)
        Kernels.multiply(input, [WeightProduct(weight, into: sum, adds: true)], pool: Self.pool)
        #expect(sum.bits == expected)
    }

    @Test(arguments: TensorFormat.allCases)
    func `a gated pair is two products and the gate`(format: TensorFormat) throws {
        let gate = try WeightMatrix(TensorData.random(format, rows: 50, columns: 256, seed: 13))
        let up = try WeightMatrix(TensorData.random(format, rows: 50, columns: 256, seed: 14))
        let activations = random(rows: 3, columns: 256, seed: 15)
        let (gates, ups) = (product(gate, activations), product(up, activations))
        let output = Matrix(rows: 3, columns: 50)
        for threads in 1...2 {
            Kernels.multiplyGated(
                quantized(activations), gate: gate, up: up, scratch: Matrix(rows: 3, columns: 50), into: output,
                pool: ComputePool(threadCount: threads))
            for row in 0..<3 {
                for column in 0..<50 {
                    let g = Double(gates[row, column])
                    let expected = g / (1 + exponential(-g)) * Double(ups[row, column])
                    // The exponential is off by 2⁻²², the sum, the quotient and the product by 2⁻²⁴ each.
                    #expect(abs(Double(output[row, column]) - expected) <= abs(expected) * 0x1p-21 + 1e-40)
                }
            }
        }
    }

    @Test(arguments: TensorFormat.allCases)
    func `no rows at all are no work`(format: TensorFormat) throws {
        let weight = try WeightMatrix(TensorData.random(format, rows: 3, columns: 256, seed: 1))
        #expect(product(weight, Matrix(rows: 0, columns: 256)).values.isEmpty)
    }

    private func check(_ tensor: TensorData, against activations: Matrix) throws {
        let weight = try WeightMatrix(tensor)
        let found = product(weight, activations)
        let decoded = tensor.floats()
        let isQuantized = tensor.format.blockLength > 1
        for row in 0..<activations.rows {
            let x = isQuantized ? ActivationOracle(activations.row(row)).values : activations.row(row).map(Double.init)
            for output in 0..<tensor.rows {
                let oracle = ProductOracle(
                    weight: decoded[output * tensor.columns..<(output + 1) * tensor.columns], activations: x,
                    sizes: tensor.partSizes(row: output), steps: isQuantized ? tensor.columns / 8 : tensor.columns)
                let error = abs(Double(found[row, output]) - oracle.sum)
                #expect(error <= oracle.bound, "row \(row), output \(output): \(found[row, output]), \(oracle.sum)")
            }
        }
    }
}

extension WeightMatrix {
    /// A weight that a test knows to be one.
    convenience init(packing tensor: TensorData) {
        do { try self.init(tensor) } catch { preconditionFailure("\(error)") }
    }
}

extension TensorData {
    /// For each number of a row, the greatest magnitude that scale · code and minimum can have in its block.
    fileprivate func partSizes(row: Int) -> [Double] {
        guard format.blockLength > 1 else { return [Double](repeating: 0, count: columns) }
        let bytes = bytes.array
        let rowByteCount = bytes.count / rows
        let parts = format.greatestParts
        return stride(from: 0, to: rowByteCount, by: format.blockByteCount).flatMap { block in
            let factors = format.factorOffsets.map { offset in
                let place = row * rowByteCount + block + offset
                return abs(Double(Float(halfPrecisionBits: UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8)))
            }
            let size = factors[0] * parts.product + (factors.count > 1 ? factors[1] * parts.minimum : 0)
            return [Double](repeating: size, count: format.blockLength)
        }
    }
}

func random(rows: Int, columns: Int, seed: UInt64, scale: Float = 1) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    return Matrix(
        rows: rows, columns: columns, values: (0..<rows * columns).map { _ in Float(generator.nextNormal()) * scale })
}

private func quantized(_ activations: Matrix) -> ActivationRows {
    let input = ActivationRows(rows: activations.rows, columns: activations.columns)
    input.values.copyRows(activations.rows, from: activations)
    if activations.columns % 32 == 0 { input.quantize(pool: ComputePool(threadCount: 1)) }
    return input
}

private func product(_ weight: WeightMatrix, _ activations: Matrix, rows: Range<Int>? = nil) -> Matrix {
    let rows = rows ?? 0..<activations.rows
    let part = Matrix(rows: rows.count, columns: activations.columns)
    part.copyRows(rows.count, from: activations, at: rows.lowerBound)
    let output = Matrix(rows: rows.count, columns: weight.rows)
    Kernels.multiply(quantized(part), [WeightProduct(weight, into: output)], pool: ComputePool(threadCount: 1))
    return output
}
