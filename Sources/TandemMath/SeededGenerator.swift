/// Random numbers from a seed: the same on every machine, and from any point on if the state is kept.
///
/// xoshiro256\*\* (Blackman and Vigna), its state filled from the seed by SplitMix64. Not for secrets.
///
///     var generator = SeededGenerator(seed: 1)
///     let order = [1, 2, 3].shuffled(using: &generator)
public struct SeededGenerator: RandomNumberGenerator, Sendable, Equatable, Codable {
    /// The four words of state; never all zero.
    public private(set) var state: SIMD4<UInt64>

    /// A generator for `seed`. `stream` separates generators of one seed that must not run in step, for example one for
    /// each training step.
    public init(seed: UInt64, stream: UInt64 = 0) {
        var splitter = SplitMix64(state: seed)
        // The stream's number goes through the mixer with the seed's, so that (1, 2) and (2, 1) have nothing in common.
        if stream != 0 { splitter.state = SplitMix64.mixed(splitter.next() &+ stream &* 0xd1b5_4a32_d192_ed03) }
        state = SIMD4(splitter.next(), splitter.next(), splitter.next(), splitter.next())
    }

    init(state: SIMD4<UInt64>) { self.state = state }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        let result = rotated(state[1] &* 5, by: 7) &* 9
        let shifted = state[1] << 17
        state[2] ^= state[0]
        state[3] ^= state[1]
        state[1] ^= state[2]
        state[0] ^= state[3]
        state[2] ^= shifted
        state[3] = rotated(state[3], by: 45)
        return result
    }

    /// A number in `0 ..< 1`, one of 2⁵³.
    public mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A whole number in `range`, every one as likely.
    public mutating func next(in range: ClosedRange<Int>) -> Int {
        // Written out rather than left to the standard library, whose choice of algorithm may change with its version.
        let width = UInt64(bitPattern: Int64(range.upperBound) &- Int64(range.lowerBound))
        guard width < .max else { return Int(truncatingIfNeeded: next()) }
        let bound = width + 1
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let threshold = (0 &- bound) % bound
            while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
        }
        return Int(truncatingIfNeeded: UInt64(bitPattern: Int64(range.lowerBound)) &+ product.high)
    }

    /// `0 ..< count` in a random order (Fisher and Yates).
    public mutating func permutation(of count: Int) -> [Int] {
        var order = [Int](0..<count)
        guard count > 1 else { return order }
        for index in stride(from: count - 1, to: 0, by: -1) { order.swapAt(index, next(in: 0...index)) }
        return order
    }

    /// A normally distributed number (mean 0, deviation 1), by the polar method.
    public mutating func nextNormal() -> Double {
        while true {
            let x = 2 * nextUnit() - 1
            let y = 2 * nextUnit() - 1
            let square = x * x + y * y
            if square > 0, square < 1 { return x * (-2 * logarithm(square) / square).squareRoot() }
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood): spreads any seed over 64 bits.
struct SplitMix64 {
    static let increment: UInt64 = 0x9e37_79b9_7f4a_7c15
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= Self.increment
        return Self.mixed(state)
    }

    static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

private func rotated(_ value: UInt64, by count: UInt64) -> UInt64 { (value << count) | (value >> (64 - count)) }

/// Natural logarithm in plain arithmetic, so that weights drawn from one seed are the same on every system: the C
/// libraries differ in the last bit.
private func logarithm(_ x: Double) -> Double {
    // x = m · 2^e with m in [√½, √2); ln m = 2 · artanh((m − 1) / (m + 1)).
    var exponent = Double(x.exponent)
    var significand = x.significand
    if significand > 1.414_213_562_373_095_1 {
        significand /= 2
        exponent += 1
    }
    let t = (significand - 1) / (significand + 1)
    let square = t * t
    var sum = 0.0
    // |t| < 0.172, so that the term after t²³/23 is below 1e-19.
    for power in stride(from: 23, through: 1, by: -2) { sum = sum * square + 1 / Double(power) }
    return 2 * t * sum + exponent * 0.693_147_180_559_945_3
}
