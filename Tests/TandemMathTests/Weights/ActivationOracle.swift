import TandemMath

/// Activations as products take them by definition, one number after the other.
struct ActivationOracle {
    /// What the codes stand for, exactly: code · scale; outliers as they are.
    let values: [Double]

    init(_ row: [Float]) {
        var values: [Double] = []
        let bound = 14 * row.reduce(0) { $0 + Double($1.magnitude) } / Double(row.count)
        var room = row.count / 32
        for start in stride(from: 0, to: row.count, by: 32) {
            var block = Array(row[start..<start + 32])
            var outliers: [Int: Double] = [:]
            for (index, value) in block.enumerated() where Double(value.magnitude) > bound && room > 0 {
                outliers[index] = Double(value)
                block[index] = 0
                room -= 1
            }
            let greatest = block.map(\.magnitude).max() ?? 0
            let scale = greatest / 127
            let inverse = greatest > 0 ? 127 / greatest : 0
            values += block.enumerated().map { index, value in
                outliers[index] ?? Double((value * inverse).rounded(.toNearestOrEven)) * Double(scale)
            }
        }
        self.values = values
    }
}

/// One output of a product in double precision, and how far single precision may be from it.
struct ProductOracle {
    let sum: Double
    let bound: Double

    /// - Parameters:
    ///   - weight: the output's weights, decoded.
    ///   - activations: what they meet.
    ///   - sizes: for each weight, the magnitude of its parts (scale · code, minimum), of which the sum is made.
    ///   - steps: roundings that a partial sum goes through.
    init(weight: ArraySlice<Float>, activations: [Double], sizes: [Double], steps: Int) {
        var sum = 0.0
        var size = 0.0
        for (index, (w, x)) in zip(weight, activations).enumerated() {
            sum += Double(w) * x
            size += max(sizes[index], abs(Double(w))) * abs(x)
        }
        self.sum = sum
        // Each of the roundings of the running sum is at most 2⁻²⁴ of a partial sum, which `size` bounds; four more for
        // the decoded weight, the product of scales, the scaled sum and the room for the second order. What underflows
        // is below the smallest subnormal number a step.
        bound = Double(steps + 4) * 0x1p-24 * size + Double(steps) * 0x1p-126
    }
}
