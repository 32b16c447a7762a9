#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

extension Double {
    /// The cosine of this angle in radians.
    var cosine: Double { cos(self) }
    /// The sine of this angle in radians.
    var sine: Double { sin(self) }
}

extension Kernels {
    /// `base` to the power of `exponent`.
    public static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
}
