/// Turns numbers into encoded blocks, with the rounding of llama.cpp's reference quantisers.
enum BlockEncoder {
    /// Encodes `count` numbers, a whole number of blocks, from `source` to `target`, which has room for them.
    ///
    /// Returns the position of a number that the format cannot hold, or `nil` if there was none.
    static func encode(
        _ format: TensorFormat, _ source: UnsafePointer<Float>, count: Int, into target: UnsafeMutableRawPointer
    ) -> Int? {
        let length = format.blockLength
        for index in 0..<count / length {
            let numbers = source + index * length
            let block = target + index * format.blockByteCount
            let isFitting =
                switch format {
                case .float32: store(numbers[0].bitPattern, block, 0)
                case .float16: encodeFloat16(numbers[0], block)
                case .bfloat16: encodeBFloat16(numbers[0], block)
                case .q8_0: encodeQ8_0(numbers, block)
                case .q4_0: encodeQ4_0(numbers, block)
                case .q4_1: encodeQ4_1(numbers, block)
                case .q5_0, .q5_1, .q4_K, .q5_K, .q6_K:
                    preconditionFailure("Nothing encodes \(format.rawValue); callers ask TensorFormat.isEncodable.")
                }
            if !isFitting { return index * length }
        }
        return nil
    }

    @discardableResult
    private static func store<Value: FixedWidthInteger>(
        _ value: Value, _ block: UnsafeMutableRawPointer, _ offset: Int
    ) -> Bool {
        block.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
        return true
    }

    /// Infinities and NaN stay what they are, but a finite number must not become infinite.
    private static func encodeFloat16(_ number: Float, _ block: UnsafeMutableRawPointer) -> Bool {
        let bits = number.halfPrecisionBits
        store(bits, block, 0)
        return !number.isFinite || Float(halfPrecisionBits: bits).isFinite
    }

    private static func encodeBFloat16(_ number: Float, _ block: UnsafeMutableRawPointer) -> Bool {
        let bits = number.bfloat16Bits
        store(bits, block, 0)
        return !number.isFinite || Float(bfloat16Bits: bits).isFinite
    }

    /// Stores a scale or minimum as half precision; false where that is not finite.
    private static func storeHalf(_ value: Float, _ block: UnsafeMutableRawPointer, _ offset: Int) -> Bool {
        let bits = value.halfPrecisionBits
        store(bits, block, offset)
        return Float(halfPrecisionBits: bits).isFinite
    }

    /// `1 / scale`, or 0 where all numbers round to 0 anyway.
    private static func inverse(_ scale: Float) -> Float {
        let inverse = 1 / scale
        return inverse.isFinite ? inverse : 0
    }

    /// Sixteen steps: cutting off after adding a half rounds to the nearest, since nothing is negative here.
    private static func step(_ value: Float) -> UInt8 { UInt8(min(15, max(0, value))) }

    private static func encodeQ8_0(_ numbers: UnsafePointer<Float>, _ block: UnsafeMutableRawPointer) -> Bool {
        var largest: Float = 0
        for index in 0..<32 {
            guard numbers[index].isFinite else { return false }
            largest = max(largest, abs(numbers[index]))
        }
        let scale = largest / 127
        let inverse = inverse(scale)
        guard storeHalf(scale, block, 0) else { return false }
        for index in 0..<32 {
            store(Int8((numbers[index] * inverse).rounded(.toNearestOrAwayFromZero)), block, 2 + index)
        }
        return true
    }

    /// The number of greatest magnitude, whatever its sign, becomes -8 steps.
    private static func encodeQ4_0(_ numbers: UnsafePointer<Float>, _ block: UnsafeMutableRawPointer) -> Bool {
        var extreme: Float = 0
        for index in 0..<32 {
            guard numbers[index].isFinite else { return false }
            if abs(numbers[index]) > abs(extreme) { extreme = numbers[index] }
        }
        let scale = extreme / -8
        let inverse = inverse(scale)
        guard storeHalf(scale, block, 0) else { return false }
        for index in 0..<16 {
            let low = step(numbers[index] * inverse + 8.5)
            let high = step(numbers[index + 16] * inverse + 8.5)
            store(low | high << 4, block, 2 + index)
        }
        return true
    }

    private static func encodeQ4_1(_ numbers: UnsafePointer<Float>, _ block: UnsafeMutableRawPointer) -> Bool {
        var smallest = numbers[0]
        var largest = numbers[0]
        for index in 0..<32 {
            guard numbers[index].isFinite else { return false }
            smallest = min(smallest, numbers[index])
            largest = max(largest, numbers[index])
        }
        let scale = (largest - smallest) / 15
        let inverse = inverse(scale)
        guard storeHalf(scale, block, 0), storeHalf(smallest, block, 2) else { return false }
        for index in 0..<16 {
            let low = step((numbers[index] - smallest) * inverse + 0.5)
            let high = step((numbers[index + 16] - smallest) * inverse + 0.5)
            store(low | high << 4, block, 4 + index)
        }
        return true
    }
}
