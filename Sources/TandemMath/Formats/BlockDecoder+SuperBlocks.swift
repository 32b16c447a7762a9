/// The formats whose blocks of 256 numbers hold smaller blocks with 4-bit to 8-bit scales of their own.
extension BlockDecoder {
    /// `d`, `dmin`: half · 12 bytes of scales and minima · 128 bytes of halves
    static func decodeQ4_K(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
        let scale = half(block, 0)
        let minimum = half(block, 2)
        for group in 0..<4 {
            let low = scaleAndMinimum(block + 4, 2 * group)
            let high = scaleAndMinimum(block + 4, 2 * group + 1)
            let (lowScale, lowMinimum) = (scale * low.scale, minimum * low.minimum)
            let (highScale, highMinimum) = (scale * high.scale, minimum * high.minimum)
            for index in 0..<32 {
                let pair = byte(block, 16 + 32 * group + index)
                out[64 * group + index] = lowScale * Float(pair & 15) - lowMinimum
                out[64 * group + 32 + index] = highScale * Float(pair >> 4) - highMinimum
            }
        }
    }

    /// `d`, `dmin`: half · 12 bytes of scales and minima · 32 bytes of fifth bits · 128 bytes of halves
    static func decodeQ5_K(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
        let scale = half(block, 0)
        let minimum = half(block, 2)
        for group in 0..<4 {
            let low = scaleAndMinimum(block + 4, 2 * group)
            let high = scaleAndMinimum(block + 4, 2 * group + 1)
            let (lowScale, lowMinimum) = (scale * low.scale, minimum * low.minimum)
            let (highScale, highMinimum) = (scale * high.scale, minimum * high.minimum)
            for index in 0..<32 {
                let pair = byte(block, 48 + 32 * group + index)
                let fifth = byte(block, 16 + index) >> Int32(2 * group)
                out[64 * group + index] = lowScale * Float((pair & 15) + (fifth & 1) * 16) - lowMinimum
                out[64 * group + 32 + index] = highScale * Float((pair >> 4) + (fifth >> 1 & 1) * 16) - highMinimum
            }
        }
    }

    /// 128 bytes of halves · 64 bytes of upper bits · 16 signed scales · `d`: half
    static func decodeQ6_K(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
        let scale = half(block, 208)
        for part in 0..<2 {
            for index in 0..<32 {
                let first = byte(block, 64 * part + index)
                let second = byte(block, 64 * part + 32 + index)
                let upper = byte(block, 128 + 32 * part + index)
                let numbers = (
                    first & 15 | (upper & 3) << 4, second & 15 | (upper >> 2 & 3) << 4,
                    first >> 4 | (upper >> 4 & 3) << 4, second >> 4 | (upper >> 6 & 3) << 4
                )
                func value(_ number: Int32, _ quarter: Int) -> Float {
                    let own = block.load(fromByteOffset: 192 + 8 * part + 2 * quarter + index / 16, as: Int8.self)
                    return scale * Float(own) * Float(number - 32)
                }
                out[128 * part + index] = value(numbers.0, 0)
                out[128 * part + 32 + index] = value(numbers.1, 1)
                out[128 * part + 64 + index] = value(numbers.2, 2)
                out[128 * part + 96 + index] = value(numbers.3, 3)
            }
        }
    }

    /// Eight pairs of 6-bit numbers in twelve bytes: the first four pairs in the low bits of bytes 0-3 and 4-7, the
    /// others in the halves of bytes 8-11, with their two upper bits on top of the first four.
    private static func scaleAndMinimum(
        _ packed: UnsafeRawPointer, _ index: Int
    ) -> (scale: Float, minimum: Float) {
        if index < 4 { return (Float(byte(packed, index) & 63), Float(byte(packed, index + 4) & 63)) }
        let halves = byte(packed, index + 4)
        let scale = halves & 15 | (byte(packed, index - 4) >> 6) << 4
        let minimum = halves >> 4 | (byte(packed, index) >> 6) << 4
        return (Float(scale), Float(minimum))
    }
}
