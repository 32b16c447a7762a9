public import TandemMath
public import TandemModels

/// A dense product of a training step, with made-up numbers.
///
///     DenseProduct.all(of: configuration, rows: 2_048)     // the way there and both ways back of every shape
public final class DenseProduct {
    /// What a product computes, for a weight W of N × K, rows X of K channels and gradients dY of N.
    public enum Kind: String, Sendable, CaseIterable {
        /// `Y = X · Wᵀ`
        case output
        /// `dX = dY · W`
        case inputGradient = "input gradient"
        /// `dW += dYᵀ · X`
        case weightGradient = "weight gradient"
    }

    /// What is computed.
    public let kind: Kind
    /// The weights that have this shape.
    public let weights: [String]
    /// Rows of the product.
    public let rows: Int
    /// Columns of the product.
    public let columns: Int
    /// What is summed over.
    public let depth: Int
    private let left: Matrix
    private let right: PackedOperand
    private let output: Matrix

    /// Multiplications, each with an addition.
    public var multiplyAddCount: Int { rows * columns * depth }

    /// A product with a weight of N × K.
    ///
    /// - Parameters:
    ///   - kind: What is computed.
    ///   - weights: Names of the weights.
    ///   - shape: N and K.
    ///   - rowCount: Rows of a batch.
    ///   - pool: Threads to pack the right operand.
    public init(_ kind: Kind, weights: [String], shape: (Int, Int), rowCount: Int, pool: ComputePool) {
        self.kind = kind
        self.weights = weights
        let (outputs, inputs) = shape
        switch kind {
        case .output: (rows, columns, depth) = (rowCount, outputs, inputs)
        case .inputGradient: (rows, columns, depth) = (rowCount, inputs, outputs)
        case .weightGradient: (rows, columns, depth) = (outputs, inputs, rowCount)
        }
        var generator = SeededGenerator(seed: 1)
        func matrix(_ rows: Int, _ columns: Int) -> Matrix {
            let matrix = Matrix(rows: rows, columns: columns)
            for row in 0..<rows {
                matrix.setRow(row, to: (0..<columns).map { _ in Float(generator.nextUnit()) - 0.5 })
            }
            return matrix
        }
        left = kind == .weightGradient ? matrix(depth, rows) : matrix(rows, depth)
        right = PackedOperand(depth: depth, columns: columns)
        Kernels.pack(matrix(depth, columns).allRows, transposed: false, into: right, on: pool)
        output = Matrix(rows: rows, columns: columns)
    }

    /// How long the product takes.
    public func run(pool: ComputePool) -> Duration {
        let adds = kind == .weightGradient
        return Duration.measuring {
            Kernels.multiply(
                left.allRows, transposed: adds, by: right, into: output.allRows, accumulating: adds, on: pool)
        }
    }

    /// All products of a training step with as many rows, weights of one shape together.
    public static func all(of configuration: TandemConfiguration, rows: Int, pool: ComputePool) -> [DenseProduct] {
        struct Shape: Hashable {
            let rows: Int
            let columns: Int
            let isFrozen: Bool
        }
        var names: [Shape: [String]] = [:]
        var order: [Shape] = []
        for shape in configuration.parameters where !shape.parameter.isVector && shape.parameter != .embedding {
            let key = Shape(rows: shape.rows, columns: shape.columns, isFrozen: shape.isFrozen)
            if names[key] == nil { order.append(key) }
            names[key, default: []].append("\(shape.parameter)")
        }
        return order.flatMap { shape in
            Kind.allCases.filter { !shape.isFrozen || $0 != .weightGradient }.map { kind in
                DenseProduct(
                    kind, weights: names[shape] ?? [], shape: (shape.rows, shape.columns), rowCount: rows, pool: pool)
            }
        }
    }
}
