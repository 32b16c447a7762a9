import TandemMath

/// A matrix of a layer: a packed weight at some precision, or one in training.
///
/// Layers do not know which. A packed weight takes a few rows at the speed of memory and is never written; one in training is
/// a part of the arena that the optimiser writes, multiplied with inputs rounded to bf16 (``Kernels``' dense products).
/// Both give a row the same bits whatever rows are beside it. They differ from each other by that rounding: a drafter
/// that is still in training drafts with the very bits of its training pass, one that was packed with others close by.
enum Linear: Sendable {
    case packed(WeightMatrix)
    case dense(DenseWeight)

    var rows: Int {
        switch self {
        case .packed(let weight): weight.rows
        case .dense(let weight): weight.master.rows
        }
    }

    var columns: Int {
        switch self {
        case .packed(let weight): weight.columns
        case .dense(let weight): weight.master.columns
        }
    }

    var byteCount: Int {
        switch self {
        case .packed(let weight): weight.byteCount
        case .dense(let weight): weight.master.rows * weight.master.columns * 2
        }
    }

    /// Whether inputs must be quantised first.
    var isQuantized: Bool {
        if case .packed(let weight) = self { weight.isQuantized } else { false }
    }

    /// Writes the decoded numbers into `matrix`, which has the same shape.
    func unpack(into matrix: Matrix) {
        precondition(matrix.rows == rows && matrix.columns == columns, "A weight is copied to one of its shape.")
        switch self {
        case .packed(let weight):
            for row in 0..<weight.rows { weight.unpack(row: row, into: matrix, at: row) }
        case .dense(let weight):
            matrix.copyRows(weight.master.rows, from: weight.master)
        }
    }

    /// `output = self · input`, row by row, or that added.
    func multiply(_ input: ActivationRows, into output: Matrix, adds: Bool = false, pool: ComputePool) {
        switch self {
        case .packed(let weight):
            Kernels.multiply(input, [WeightProduct(weight, into: output, adds: adds)], pool: pool)
        case .dense(let weight):
            Kernels.multiply(
                input.values.allRows, by: weight.forward, into: output[rows: 0..<input.values.rows], accumulating: adds,
                on: pool)
        }
    }

    /// Several products of the same rows; in one parallel region if all weights are packed.
    static func multiply(_ input: ActivationRows, _ products: [(weight: Linear, output: Matrix)], pool: ComputePool) {
        var packed: [WeightProduct] = []
        for (linear, output) in products {
            if case .packed(let weight) = linear {
                packed.append(WeightProduct(weight, into: output))
            } else {
                linear.multiply(input, into: output, pool: pool)
            }
        }
        if !packed.isEmpty { Kernels.multiply(input, packed, pool: pool) }
    }

    /// `output = silu(gate · x) * (up · x)`. What comes out of the gate's product is kept in `gateScratch`, if it is there and
    /// the weight is one in training.
    static func multiplyGated(
        _ input: ActivationRows, gate: Linear, up: Linear, gateScratch: Matrix?, upScratch: Matrix, into output: Matrix,
        pool: ComputePool
    ) {
        if case .packed(let gate) = gate, case .packed(let up) = up {
            Kernels.multiplyGated(input, gate: gate, up: up, scratch: upScratch, into: output, pool: pool)
        } else {
            let gated = gateScratch ?? output
            multiply(input, [(gate, gated), (up, upScratch)], pool: pool)
            Kernels.gate(gated, up: upScratch, into: output, pool: pool)
        }
    }
}

/// A weight in training: numbers in an arena, and both packed operands that its products need.
///
/// Whoever writes the numbers calls ``refresh(pool:)`` before the next pass.
final class DenseWeight: Sendable {
    /// `[outputs, inputs]`
    let master: Matrix
    /// For `Y = X · Wᵀ`.
    let forward: PackedOperand
    /// For `dX = dY · W`.
    let backward: PackedOperand

    init(_ master: Matrix, pool: ComputePool) {
        self.master = master
        forward = PackedOperand(depth: master.columns, columns: master.rows)
        backward = PackedOperand(depth: master.rows, columns: master.columns)
        refresh(pool: pool)
    }

    func refresh(pool: ComputePool) {
        Kernels.pack(master.allRows, transposed: true, into: forward, on: pool)
        Kernels.pack(master.allRows, transposed: false, into: backward, on: pool)
    }
}

extension Linear {
    /// The way back through a product.
    ///
    /// - Parameters:
    ///   - gradient: that of the output, one row for each row of the input.
    ///   - input: what was multiplied, packed as a right operand; needed if the weight is trained.
    ///   - inputGradient: gets or gains the input's; nil if nobody asks.
    ///   - weightGradient: gains the weight's; nil if it is frozen.
    func gradient(
        of gradient: Matrix, input: PackedOperand?, inputGradient: Matrix?, adds: Bool = false, weightGradient: Matrix?,
        pool: ComputePool
    ) {
        guard case .dense(let weight) = self else {
            preconditionFailure("A packed weight has no way back; make the model for training.")
        }
        if let inputGradient {
            Kernels.multiply(
                gradient.allRows, by: weight.backward, into: inputGradient[rows: 0..<gradient.rows], accumulating: adds,
                on: pool)
        }
        if let weightGradient, let input {
            Kernels.multiply(
                gradient.allRows, transposed: true, by: input, into: weightGradient.allRows, accumulating: true,
                on: pool)
        }
    }
}
