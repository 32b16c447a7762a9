/// Adam (Kingma and Ba) for networks of a few thousand weights, which need neither threads nor decay.
struct SmallAdam {
    private(set) var weights: [Float]
    private let learningRate: Float
    private var means: [Float]
    private var squares: [Float]
    /// What the moments still lack, since they began at zero.
    private var firstPower: Float = 1
    private var secondPower: Float = 1

    init(_ weights: [Float], learningRate: Float) {
        self.weights = weights
        self.learningRate = learningRate
        means = [Float](repeating: 0, count: weights.count)
        squares = means
    }

    mutating func step(_ gradient: [Float]) {
        let (first, second): (Float, Float) = (0.9, 0.999)
        firstPower *= first
        secondPower *= second
        for index in weights.indices {
            means[index] = first * means[index] + (1 - first) * gradient[index]
            squares[index] = second * squares[index] + (1 - second) * gradient[index] * gradient[index]
            let mean = means[index] / (1 - firstPower)
            let square = squares[index] / (1 - secondPower)
            weights[index] -= learningRate * mean / (square.squareRoot() + 1e-8)
        }
    }
}
