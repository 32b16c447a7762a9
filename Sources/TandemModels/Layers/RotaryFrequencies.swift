import TandemMath

extension TransformerConfiguration {
    /// Radians a position for each pair of channels of a head: base^(-2i/width), stretched as ``rotaryScaling`` says.
    public var rotaryFrequencies: [Double] {
        let pairs = headWidth / 2
        let plain = (0..<pairs).map { Self.power(rotaryBase, -2 * Double($0) / Double(headWidth)) }
        switch rotaryScaling {
        case .none:
            return plain
        case .linear(let factor):
            return plain.map { $0 / factor }
        case .divisors(let divisors):
            return zip(plain, divisors).map { $0 / Double($1) }
        case .llama3(let factor, let low, let high, let original):
            return plain.map { frequency in
                let wavelength = 2 * Double.pi / frequency
                let turns = Double(original) / wavelength
                if turns > high { return frequency }
                if turns < low { return frequency / factor }
                let share = (turns - low) / (high - low)
                return (1 - share) * frequency / factor + share * frequency
            }
        }
    }

    private static func power(_ base: Double, _ exponent: Double) -> Double { Kernels.power(base, exponent) }
}
