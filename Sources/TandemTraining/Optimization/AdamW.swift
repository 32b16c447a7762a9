public import TandemMath

#if canImport(Darwin)
    private import Darwin
#elseif canImport(Musl)
    private import Musl
#else
    private import Glibc
#endif

/// AdamW (Loshchilov and Hutter): Adam with weight decay apart from the gradient.
///
/// Holds the two moments of every weight and the number of steps taken; both belong into a checkpoint. A step is
/// `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²`, `w ← w(1 − ηd) − η · m̂ / (√v̂ + ε)` with bias-corrected `m̂`, `v̂`.
public final class AdamW {
    /// Constants of a run.
    public struct Settings: Sendable, Equatable, Codable {
        /// Decay of the mean gradient.
        public var beta1: Double
        /// Decay of the mean squared gradient.
        public var beta2: Double
        /// Added to the root of the mean square.
        public var epsilon: Double
        /// Decoupled decay.
        public var weightDecay: Double
        /// Gradients whose norm over all weights is greater are scaled down to it; nil for never.
        public var greatestNorm: Double?

        /// Customary values unless told otherwise.
        public init(
            beta1: Double = 0.9, beta2: Double = 0.95, epsilon: Double = 1e-8, weightDecay: Double = 0.1,
            greatestNorm: Double? = 1
        ) {
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
            self.weightDecay = weightDecay
            self.greatestNorm = greatestNorm
        }
    }

    /// What a step did.
    public struct Report: Sendable, Equatable {
        /// The gradient's norm before clipping.
        public let gradientNorm: Double
        /// What it was multiplied by.
        public let scale: Double
    }

    /// The parameters.
    public let layout: ArenaLayout
    /// Constants of the run.
    public let settings: Settings
    /// Mean gradients.
    public let firstMoments: FloatArena
    /// Mean squared gradients.
    public let secondMoments: FloatArena
    /// Steps taken.
    public private(set) var stepCount: Int

    /// An optimiser before its first step.
    public init(layout: ArenaLayout, settings: Settings) {
        self.layout = layout
        self.settings = settings
        firstMoments = layout.makeArena()
        secondMoments = layout.makeArena()
        stepCount = 0
    }

    /// Goes on after `stepCount` steps; the moments are to be filled by the caller.
    public func restore(stepCount: Int) {
        precondition(stepCount >= 0, "There cannot be \(stepCount) steps.")
        self.stepCount = stepCount
    }

    /// Takes one step with the given gradients, which are left as they are.
    ///
    /// - Throws: ``TrainingError`` if the gradient is not finite; then nothing has changed.
    @discardableResult
    public func step(
        weights: FloatArena, gradients: FloatArena, rate: Double, on pool: ComputePool
    ) throws -> Report {
        precondition(weights.count == layout.count && gradients.count == layout.count, "Arenas of another layout.")
        let norm = Kernels.sumOfSquares(gradients, on: pool).squareRoot()
        guard norm.isFinite else {
            throw TrainingError(
                "The gradient of step \(stepCount + 1) is not a finite number. The learning rate of \(rate) may be too "
                    + "high, or the data may hold something strange; start again from the last checkpoint with a lower "
                    + "rate.")
        }
        // A little below the limit, as is customary, so that a norm of zero divides by something.
        let scale = settings.greatestNorm.map { norm > $0 ? $0 / (norm + 1e-6) : 1 } ?? 1
        stepCount += 1
        let firstCorrection = 1 / (1 - pow(settings.beta1, Double(stepCount)))
        let secondCorrection = 1 / (1 - pow(settings.beta2, Double(stepCount)))
        for (range, group) in layout.runs {
            let step = AdamStep(
                gradientScale: Float(scale), rate: Float(rate * group.rateMultiplier),
                decay: group.decays ? Float(settings.weightDecay) : 0, beta1: Float(settings.beta1),
                beta2: Float(settings.beta2), epsilon: Float(settings.epsilon),
                firstCorrection: Float(firstCorrection), secondCorrection: Float(secondCorrection))
            Kernels.adamStep(
                weights: weights, gradients: gradients, firstMoments: firstMoments, secondMoments: secondMoments,
                range: range, step: step, on: pool)
        }
        return Report(gradientNorm: norm, scale: scale)
    }
}
