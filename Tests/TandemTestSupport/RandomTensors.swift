public import TandemMath

extension TensorData {
    /// A matrix of numbers of about the size `scale`, encoded in any format: also in those that nothing here encodes, by
    /// drawing every code and small scale at random.
    public static func random(
        _ format: TensorFormat, rows: Int, columns: Int, seed: UInt64, scale: Double = 0.3, name: String = "random"
    ) throws -> TensorData {
        var generator = SeededGenerator(seed: seed)
        guard format.blockLength > 1 else {
            let numbers = (0..<rows * columns).map { _ in Float(generator.nextNormal() * scale) }
            return try Quantizer.encode(numbers, name: name, shape: [rows, columns], as: format)
        }
        guard let rowByteCount = format.rowByteCount(columns: columns) else {
            throw TensorShapeError(format: format, columns: columns)
        }
        var bytes = (0..<rows * rowByteCount).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        for block in stride(from: 0, to: bytes.count, by: format.blockByteCount) {
            for (offset, factor) in zip(format.factorOffsets, format.factors(for: scale)) {
                let value = Float(factor * (0.5 + generator.nextUnit()))
                let half = value.halfPrecisionBits
                bytes[block + offset] = UInt8(half & 255)
                bytes[block + offset + 1] = UInt8(half >> 8)
            }
        }
        return try TensorData(name: name, format: format, shape: [rows, columns], bytes: MappedBytes(bytes))
    }

    /// The same codes with other factors: `bits` in place of every half-precision scale and minimum.
    public func settingFactors(to bits: [UInt16]) throws -> TensorData {
        var bytes = bytes.array
        for block in stride(from: 0, to: bytes.count, by: format.blockByteCount) {
            for (offset, half) in zip(format.factorOffsets, bits) {
                bytes[block + offset] = UInt8(half & 255)
                bytes[block + offset + 1] = UInt8(half >> 8)
            }
        }
        return try TensorData(name: name, format: format, shape: shape, bytes: MappedBytes(bytes))
    }

    /// The same factors with every other byte set to `byte`: all codes and small scales at one of their ends.
    public func settingCodes(to byte: UInt8) throws -> TensorData {
        var bytes = bytes.array
        let kept = Set(format.factorOffsets.flatMap { [$0, $0 + 1] })
        for index in bytes.indices where !kept.contains(index % format.blockByteCount) { bytes[index] = byte }
        return try TensorData(name: name, format: format, shape: shape, bytes: MappedBytes(bytes))
    }
}

/// A row that is not a whole number of blocks.
public struct TensorShapeError: Error {
    let format: TensorFormat
    let columns: Int
}

extension TensorFormat {
    /// Where a block's half-precision scale, and its minimum if it has one, stand.
    public var factorOffsets: [Int] {
        switch self {
        case .float32, .float16, .bfloat16: []
        case .q8_0, .q4_0, .q5_0: [0]
        case .q4_1, .q5_1, .q4_K, .q5_K: [0, 2]
        case .q6_K: [208]
        }
    }

    /// The greatest magnitude of scale · code and of the minimum, for factors of 1.
    public var greatestParts: (product: Double, minimum: Double) {
        switch self {
        case .float32, .float16, .bfloat16: (1, 0)
        case .q8_0: (128, 0)
        case .q4_0: (8, 0)
        case .q5_0: (16, 0)
        case .q4_1: (15, 1)
        case .q5_1: (31, 1)
        case .q4_K: (63 * 15, 63)
        case .q5_K: (63 * 31, 63)
        case .q6_K: (128 * 32, 0)
        }
    }

    /// Factors that make random codes numbers of about the size `scale`, around zero.
    fileprivate func factors(for scale: Double) -> [Double] {
        let step = scale / (greatestParts.product / 3)
        // The minimum that puts the middle of the codes at zero. K formats subtract theirs.
        switch self {
        case .q4_1: return [step, -7.5 * step]
        case .q5_1: return [step, -15.5 * step]
        case .q4_K: return [step, 7.5 * step]
        case .q5_K: return [step, 15.5 * step]
        default: return [step]
        }
    }
}
