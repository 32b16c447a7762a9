import TandemMath
import Testing

/// Biases of rows and norms of heads, there and back.
struct HeadKernelTests {
    private let pool = ComputePool(threadCount: 2)

    @Test(arguments: [1, 2, 64, 65, 130]) func `the way back through a bias is the sum of all rows`(rows: Int) {
        let bias = random(rows: 1, columns: 24, seed: 1)
        let (input, gradient) = (random(rows: rows, columns: 24, seed: 2), random(rows: rows, columns: 24, seed: 3))
        let output = Matrix(rows: rows, columns: 24, values: input.values)
        Kernels.addBias(bias, to: output, pool: pool)
        for row in 0..<rows { #expect(output.row(row) == zip(input.row(row), bias.row(0)).map { $0 + $1 }) }
        let found = random(rows: 1, columns: 24, seed: 4)
        var expected = found.row(0).map(Double.init)
        for row in 0..<rows { for column in 0..<24 { expected[column] += Double(gradient[row, column]) } }
        Kernels.biasGradient(of: gradient, into: found, pool: pool)
        for column in 0..<24 {
            // At most 64 + 4 roundings of sums below 64.
            #expect(abs(Double(found[0, column]) - expected[column]) < 64 * 68 * 0x1p-24)
        }
    }

    @Test(arguments: [2, 6, 16, 24]) func `the norm of heads is that of each head by itself`(width: Int) {
        let weight = random(rows: 1, columns: width, seed: 5)
        let heads = random(rows: 9, columns: 3 * width, seed: 6, scale: 2)
        let found = Matrix(rows: 9, columns: 3 * width, values: heads.values)
        Kernels.headNorm(found, weight: weight, epsilon: 1e-5, pool: pool)
        for row in 0..<9 {
            for head in 0..<3 {
                let part = head * width..<(head + 1) * width
                let alone = Matrix(rows: 1, columns: width, values: Array(heads.row(row)[part]))
                Kernels.rmsNorm(alone, weight: weight, epsilon: 1e-5, rows: 0..<1, into: alone)
                #expect(Array(found.row(row)[part]) == alone.row(0))
            }
        }
    }

    @Test(arguments: [6, 16, 24]) func `the way back through the norm of heads is its slope`(width: Int) {
        let weight = random(rows: 1, columns: width, seed: 7)
        let heads = random(rows: 70, columns: 2 * width, seed: 8, scale: 2)
        let direction = random(rows: 70, columns: 2 * width, seed: 9)
        let gradient = Matrix(rows: 70, columns: 2 * width, values: direction.values)
        let weightGradient = Matrix(rows: 1, columns: width)
        Kernels.headNormGradient(
            heads, weight: weight, epsilon: 1e-5, gradient: gradient, weightGradient: weightGradient, pool: pool)
        /// What one head gives along the direction, in double precision.
        func value(_ numbers: [Double], _ weight: [Double], _ along: [Double]) -> Double {
            let square = numbers.reduce(0) { $0 + $1 * $1 } / Double(width)
            let scale = 1 / (square + Double(Float(1e-5))).squareRoot()
            return numbers.indices.reduce(0) { $0 + numbers[$1] * scale * weight[$1] * along[$1] }
        }
        let weights = weight.row(0).map(Double.init)
        var sums = [Double](repeating: 0, count: width)
        for row in 0..<70 {
            for head in 0..<2 {
                let part = head * width..<(head + 1) * width
                let numbers = heads.row(row)[part].map(Double.init)
                let along = direction.row(row)[part].map(Double.init)
                let found = gradient.row(row)[part].map(Double.init)
                for channel in 0..<width {
                    func moved(_ step: Double) -> Double {
                        var numbers = numbers
                        numbers[channel] += step
                        return value(numbers, weights, along)
                    }
                    let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5
                    // Some twenty roundings of sums of products, and the curvature's part of the difference.
                    #expect(abs(found[channel] - slope) < 1e-4 * (1 + abs(slope)))
                    func weighed(_ step: Double) -> Double {
                        var weights = weights
                        weights[channel] += step
                        return value(numbers, weights, along)
                    }
                    sums[channel] += weighed(0.5) - weighed(-0.5)
                }
            }
        }
        // 140 heads, each off by some roundings of numbers below ten.
        for channel in 0..<width { #expect(abs(Double(weightGradient[0, channel]) - sums[channel]) < 1e-3) }
    }
}
