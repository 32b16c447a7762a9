internal import CTandemKernels

/// What a linear least-squares fit needs to know of its data: sums of products, whatever the number of rows.
///
/// Rows of inputs `x` and outputs `y` are added in batches. ``solve(ridge:pool:)`` gives the matrix `W` for which `W · x`
/// comes closest to `y`, with a penalty on the size of its numbers:
///
///     W · (Σ x·xᵀ + λ) = Σ y·xᵀ
///
/// A batch's products are dense ones, with inputs rounded to bf16; the sums over batches are in double precision.
public final class NormalEquations: @unchecked Sendable {
    // Unchecked: it is written by one thread at a time, in `add`.

    /// Numbers in an input.
    public let inputWidth: Int
    /// Numbers in an output.
    public let outputWidth: Int
    /// How many rows were added.
    public private(set) var count = 0
    /// `Σ x·xᵀ`, row by row.
    private var inputProducts: [Double]
    /// `Σ y·xᵀ`, row by row.
    private var outputProducts: [Double]
    /// `Σ y·y`
    private var outputSquares = 0.0
    private let packed = PackedOperand(depth: 0, columns: 0)
    private let inputBatch: Matrix
    private let outputBatch: Matrix

    /// No rows yet.
    public init(inputWidth: Int, outputWidth: Int) {
        precondition(inputWidth > 0 && outputWidth > 0, "A fit has inputs and outputs.")
        self.inputWidth = inputWidth
        self.outputWidth = outputWidth
        inputProducts = [Double](repeating: 0, count: inputWidth * inputWidth)
        outputProducts = [Double](repeating: 0, count: outputWidth * inputWidth)
        inputBatch = Matrix(rows: inputWidth, columns: inputWidth)
        outputBatch = Matrix(rows: outputWidth, columns: inputWidth)
    }

    /// Adds rows: each of `inputs` with the output beside it.
    public func add(inputs: MatrixRows, outputs: MatrixRows, pool: ComputePool) {
        precondition(
            inputs.columns == inputWidth && outputs.columns == outputWidth && inputs.count == outputs.count,
            "A fit of \(outputWidth) outputs to \(inputWidth) inputs cannot take these rows.")
        guard inputs.count > 0 else { return }
        Kernels.pack(inputs, transposed: false, into: packed, on: pool)
        Kernels.multiply(inputs, transposed: true, by: packed, into: inputBatch.allRows, on: pool)
        Kernels.multiply(outputs, transposed: true, by: packed, into: outputBatch.allRows, on: pool)
        Self.accumulate(inputBatch, into: &inputProducts)
        Self.accumulate(outputBatch, into: &outputProducts)
        for row in 0..<outputs.count {
            let numbers = outputs.pointer(row: row)
            for column in 0..<outputWidth { outputSquares += Double(numbers[column]) * Double(numbers[column]) }
        }
        count += inputs.count
    }

    /// Adds what another fit of the same shape was given.
    public func add(_ other: NormalEquations) {
        precondition(
            other.inputWidth == inputWidth && other.outputWidth == outputWidth, "The other fit has another shape.")
        for index in inputProducts.indices { inputProducts[index] += other.inputProducts[index] }
        for index in outputProducts.indices { outputProducts[index] += other.outputProducts[index] }
        outputSquares += other.outputSquares
        count += other.count
    }

    private static func accumulate(_ batch: Matrix, into sums: inout [Double]) {
        let numbers = batch.base
        for index in sums.indices { sums[index] += Double(numbers[index]) }
    }

    /// The mean of the squares of one input's numbers: what a penalty is measured by.
    public var meanInputSquare: Double {
        (0..<inputWidth).reduce(0) { $0 + inputProducts[$1 * inputWidth + $1] } / Double(inputWidth)
    }

    /// The matrix that fits best, `[outputWidth, inputWidth]`; nil if the equations have no solution in double precision,
    /// as with a penalty of 0 and inputs that depend on each other, or numbers that are not finite.
    ///
    /// - Parameters:
    ///   - ridge: the penalty λ.
    ///   - pool: threads for it.
    public func solve(ridge: Double, pool: ComputePool) -> Matrix? {
        guard let factor = CholeskyFactor(inputProducts, order: inputWidth, adding: ridge) else { return nil }
        let solution = Matrix(rows: outputWidth, columns: inputWidth)
        let width = inputWidth
        outputProducts.withUnsafeBufferPointer { buffer in
            nonisolated(unsafe) let right = buffer
            pool.run(chunkCount: outputWidth) { row in
                var numbers = Array(right[row * width..<(row + 1) * width])
                factor.solve(&numbers)
                let target = solution.pointer(row: row)
                for column in 0..<width { target[column] = Float(numbers[column]) }
            }
        }
        return solution.isFinite ? solution : nil
    }

    /// The sum of the squared errors that `matrix` makes on the rows added here.
    public func squaredError(of matrix: Matrix, pool: ComputePool) -> Double {
        precondition(matrix.rows == outputWidth && matrix.columns == inputWidth, "The matrix has another shape.")
        var errors = [Double](repeating: 0, count: outputWidth)
        let width = inputWidth
        errors.withUnsafeMutableBufferPointer { errors in
            inputProducts.withUnsafeBufferPointer { products in
                outputProducts.withUnsafeBufferPointer { right in
                    nonisolated(unsafe) let (errors, products, right) = (errors, products, right)
                    pool.run(chunkCount: outputWidth) { row in
                        let weights = (0..<width).map { Double(matrix.pointer(row: row)[$0]) }
                        weights.withUnsafeBufferPointer { weights in
                            guard let w = weights.baseAddress, let p = products.baseAddress,
                                let r = right.baseAddress
                            else { return }
                            var error = -2 * tk_dot_doubles(w, r + row * width, width)
                            for column in 0..<width {
                                error += w[column] * tk_dot_doubles(w, p + column * width, width)
                            }
                            errors[row] = error
                        }
                    }
                }
            }
        }
        return outputSquares + errors.reduce(0, +)
    }
}

extension Matrix {
    /// Whether every number is finite.
    public var isFinite: Bool {
        let numbers = base
        // x − x is 0 for finite numbers alone.
        var sum: Float = 0
        for index in 0..<rows * columns { sum += numbers[index] - numbers[index] }
        return sum == 0
    }
}
