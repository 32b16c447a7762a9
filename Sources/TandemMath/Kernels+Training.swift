private import CTandemKernels

/// Constants of one AdamW step (``Kernels/adamStep(weights:gradients:firstMoments:secondMoments:range:step:on:)``).
public struct AdamStep: Sendable, Equatable {
    /// Multiplies every gradient first: the share that clipping leaves.
    public var gradientScale: Float
    /// Learning rate.
    public var rate: Float
    /// Decoupled weight decay: a step takes `rate · decay` of every weight.
    public var decay: Float
    /// Decay of the mean gradient.
    public var beta1: Float
    /// Decay of the mean squared gradient.
    public var beta2: Float
    /// Added to the root of the mean square.
    public var epsilon: Float
    /// Makes up for the mean gradient's start at zero: `1 / (1 − β₁ᵗ)`.
    public var firstCorrection: Float
    /// The same for the mean square: `1 / (1 − β₂ᵗ)`.
    public var secondCorrection: Float

    /// The constants as given.
    public init(
        gradientScale: Float, rate: Float, decay: Float, beta1: Float, beta2: Float, epsilon: Float,
        firstCorrection: Float, secondCorrection: Float
    ) {
        self.gradientScale = gradientScale
        self.rate = rate
        self.decay = decay
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.firstCorrection = firstCorrection
        self.secondCorrection = secondCorrection
    }
}

/// Walks over arenas, in pieces of one length whatever the number of threads: sums come out the same.
extension Kernels {
    private static let piece = 1 << 16

    private static func check(_ range: Range<Int>, _ arenas: FloatArena...) {
        for arena in arenas {
            precondition(
                range.lowerBound >= 0 && range.upperBound <= arena.count, "Numbers \(range) are not all there.")
        }
    }

    /// One AdamW step on the weights in `range`, with gradients and moments at the same places of their arenas.
    public static func adamStep(
        weights: FloatArena, gradients: FloatArena, firstMoments: FloatArena, secondMoments: FloatArena,
        range: Range<Int>, step: AdamStep, on pool: ComputePool
    ) {
        check(range, weights, gradients, firstMoments, secondMoments)
        let (w, g, m, v) = (weights.all.base, gradients.all.base, firstMoments.all.base, secondMoments.all.base)
        pool.run(over: range.count, grain: piece) { part in
            let at = range.lowerBound + part.lowerBound
            tk_adamw(
                w + at, g + at, m + at, v + at, part.count, step.gradientScale, step.rate, step.decay, step.beta1,
                step.beta2, step.epsilon, step.firstCorrection, step.secondCorrection)
        }
    }

    /// The sum of all squares, in double precision and one fixed order.
    public static func sumOfSquares(_ arena: FloatArena, on pool: ComputePool) -> Double {
        let pieceCount = (arena.count + piece - 1) / piece
        let start = arena.all.base
        var sums = [Double](repeating: 0, count: pieceCount)
        sums.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let sums = buffer
            pool.run(chunkCount: pieceCount) { index in
                sums[index] = tk_sum_of_squares(start + index * piece, min(piece, arena.count - index * piece))
            }
        }
        return sums.reduce(0, +)
    }

    /// Moves every number of `average` the given share of the way to `arena`'s.
    public static func blend(_ arena: FloatArena, share: Float, into average: FloatArena, on pool: ComputePool) {
        precondition(arena.count == average.count, "An average of \(average.count) numbers cannot take \(arena.count).")
        let (x, y) = (arena.all.base, average.all.base)
        pool.run(over: arena.count, grain: piece) { part in
            tk_blend(x + part.lowerBound, part.count, share, y + part.lowerBound)
        }
    }

    /// Adds every number of `arena` to that of `sum`.
    public static func add(_ arena: FloatArena, to sum: FloatArena, on pool: ComputePool) {
        precondition(arena.count == sum.count, "A sum of \(sum.count) numbers cannot take \(arena.count).")
        let (x, y) = (arena.all.base, sum.all.base)
        pool.run(over: arena.count, grain: piece) { part in
            tk_add_rows(x + part.lowerBound, part.count, y + part.lowerBound)
        }
    }
}
