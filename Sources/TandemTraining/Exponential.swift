#if canImport(Darwin)
    private import Darwin
#elseif canImport(Musl)
    private import Musl
#else
    private import Glibc
#endif

/// e to the power of `x`.
func exponential(_ x: Double) -> Double { exp(x) }
