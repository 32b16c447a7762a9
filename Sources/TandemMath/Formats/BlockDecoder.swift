/// Turns encoded blocks into numbers, by the definitions of the GGUF formats.
///
/// Every number is computed with the operations, order and rounding of llama.cpp's reference code, so that both
/// programs see the same weights.
enum BlockDecoder {
    /// Decodes `blockCount` blocks from `source` to `target`, which has room for all their numbers.
    static func decode(
        _ format: TensorFormat, _ source: UnsafeRawPointer, blockCount: Int, into target: UnsafeMutablePointer<Float>
    ) {
        switch format {
        case .float32:
            for index in 0..<blockCount {
                target[index] = Float(bitPattern: source.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
            }
        case .float16:
            for index in 0..<blockCount { target[index] = half(source, 2 * index) }
        case .bfloat16:
            for index in 0..<blockCount {
                target[index] = Float(bfloat16Bits: source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
            }
        case .q8_0, .q4_0, .q4_1, .q5_0, .q5_1, .q4_K, .q5_K, .q6_K:
            for index in 0..<blockCount {
                let block = source + index * format.blockByteCount
                let numbers = target + index * format.blockLength
                switch format {
                case .q8_0: decodeQ8_0(block, numbers)
                case .q4_0: decodeQ4_0(block, numbers)
                case .q4_1: decodeQ4_1(block, numbers)
                case .q5_0: decodeQ5_0(block, numbers)
                case .q5_1: decodeQ5_1(block, numbers)
                case .q4_K: decodeQ4_K(block, numbers)
                case .q5_K: decodeQ5_K(block, numbers)
                default: decodeQ6_K(block, numbers)
                }
            }
        }
    }

    static func half(_ source: UnsafeRawPointer, _ offset: Int) -> Float {
        Float(halfPrecisionBits: source.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    static func byte(_ source: UnsafeRawPointer, _ offset: Int) -> Int32 {
        Int32(source.load(fromByteOffset: offset, as: UInt8.self))
    }

    // MARK: Blocks of 32: a scale, for the `_1` formats a minimum, then the numbers; halves of a byte are 16 apart.

    private static func decodeQ8_0(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
        let scale = half(block, 0)
        for index in 0..<32 { out[index] = Float(block.load(fromByteOffset: 2 + index, as: Int8.self)) * scale }
    }

    private static func decodeQ4_0(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
        let scale = half(block, 0)
        for index in 0..<16 {
            let pair = byte(block, 2 + index)
            out[index] = Float((pair & 15) - 8) * scale
            out[index + 16] = Float((pair >> 4) - 8) * scale
        }
    }

    private static func decodeQ4_1(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
        let scale = half(block, 0)
        let minimum = half(block, 2)
        for index in 0..<16 {
            let pair = byte(block, 4 + index)
            out[index] = Float(pair & 15) * scale + minimum
            out[index + 16] = Float(pair >> 4) * scale + minimum
        }
    }

    private static func decodeQ5_0(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
        let scale = half(block, 0)
        let fifthBits = block.loadUnaligned(fromByteOffset: 2, as: UInt32.self)
        for index in 0..<16 {
            let pair = byte(block, 6 + index)
            out[index] = Float((pair & 15 | fifthBit(fifthBits, index)) - 16) * scale
            out[index + 16] = Float((pair >> 4 | fifthBit(fifthBits, index + 16)) - 16) * scale
        }
    }

    private static func decodeQ5_1(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
        let scale = half(block, 0)
        let minimum = half(block, 2)
        let fifthBits = block.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
        for index in 0..<16 {
            let pair = byte(block, 8 + index)
            out[index] = Float(pair & 15 | fifthBit(fifthBits, index)) * scale + minimum
            out[index + 16] = Float(pair >> 4 | fifthBit(fifthBits, index + 16)) * scale + minimum
        }
    }

    private static func fifthBit(_ bits: UInt32, _ index: Int) -> Int32 { Int32(bits >> UInt32(index) & 1) << 4 }
}
