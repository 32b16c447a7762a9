internal import CTandemKernels

/// The lower triangle `L` with `A = L · Lᵀ` of a symmetric positive definite matrix, in double precision.
struct CholeskyFactor: Sendable {
    /// Row by row; what is above the diagonal is not looked at.
    private let numbers: [Double]
    private let order: Int

    /// Factors `matrix` with `ridge` added to its diagonal; nil if it is not positive definite.
    init?(_ matrix: [Double], order: Int, adding ridge: Double) {
        precondition(matrix.count == order * order, "A square of order \(order) has \(order * order) numbers.")
        var numbers = matrix
        var isDefinite = true
        numbers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            for row in 0..<order where isDefinite {
                let own = base + row * order
                own[row] += ridge
                for column in 0..<row {
                    let other = base + column * order
                    own[column] = (own[column] - tk_dot_doubles(own, other, column)) / other[column]
                }
                let square = own[row] - tk_dot_doubles(own, own, row)
                // Not a number is not greater either.
                if square > 0, square.isFinite { own[row] = square.squareRoot() } else { isDefinite = false }
            }
        }
        guard isDefinite else { return nil }
        self.numbers = numbers
        self.order = order
    }

    /// Turns the right side of `A · x = b` into the solution.
    func solve(_ right: inout [Double]) {
        precondition(right.count == order, "A right side of \(right.count) numbers does not fit \(order) equations.")
        right.withUnsafeMutableBufferPointer { right in
            numbers.withUnsafeBufferPointer { factor in
                guard let x = right.baseAddress, let base = factor.baseAddress else { return }
                for row in 0..<order {
                    x[row] = (x[row] - tk_dot_doubles(base + row * order, x, row)) / base[row * order + row]
                }
                for row in stride(from: order - 1, through: 0, by: -1) {
                    let own = base + row * order
                    x[row] /= own[row]
                    let solved = x[row]
                    for column in 0..<row { x[column] -= own[column] * solved }
                }
            }
        }
    }
}
