// The 16-bit floats of model files. Swift's own `Float16` does not exist on Intel Macs, and bfloat16 nowhere.

extension Float {
    /// The value of an IEEE 754 half-precision number; exact.
    @inlinable
    public init(halfPrecisionBits bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10) & 0x1F
        let fraction = UInt32(bits) & 0x3FF
        switch exponent {
        case 0:
            // A multiple of 2^-24, computed as such: independent of whether the thread flushes subnormals.
            let magnitude = Float(fraction) * 0x1p-24
            self.init(bitPattern: magnitude.bitPattern | sign)
        case 31:
            self.init(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default:
            self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }

    /// The nearest half-precision number, ties to even; beyond its range an infinity.
    @inlinable
    public var halfPrecisionBits: UInt16 {
        let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
        let magnitude = bitPattern & 0x7FFF_FFFF
        if magnitude > 0x7F80_0000 {
            // Not a number: keep the upper part of its payload and make it quiet.
            return sign | 0x7E00 | UInt16(truncatingIfNeeded: magnitude >> 13) & 0x1FF
        }
        // 65520 is half-way between the largest finite number and the next power of two.
        if magnitude >= 0x477F_F000 { return sign | 0x7C00 }
        if magnitude < 0x3880_0000 {
            // Below 2^-14: a multiple of 2^-24. Scaling by a power of two is exact, and so is the rounding.
            let multiple = (Float(bitPattern: magnitude) * 0x1p24).rounded(.toNearestOrEven)
            return sign | UInt16(multiple)
        }
        let odd = magnitude >> 13 & 1
        return sign | UInt16(truncatingIfNeeded: (magnitude &- 0x3800_0000 &+ 0xFFF &+ odd) >> 13)
    }

    /// The value of a bfloat16 number; exact.
    @inlinable
    public init(bfloat16Bits bits: UInt16) {
        self.init(bitPattern: UInt32(bits) << 16)
    }

    /// The nearest bfloat16 number, ties to even.
    @inlinable
    public var bfloat16Bits: UInt16 {
        if bitPattern & 0x7FFF_FFFF > 0x7F80_0000 { return UInt16(truncatingIfNeeded: bitPattern >> 16) | 0x40 }
        let odd = bitPattern >> 16 & 1
        return UInt16(truncatingIfNeeded: (bitPattern &+ 0x7FFF &+ odd) >> 16)
    }
}
