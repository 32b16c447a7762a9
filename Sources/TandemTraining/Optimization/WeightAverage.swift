public import TandemMath

/// An exponential moving average of the weights, which is what gets evaluated and kept.
///
/// The effective decay of update *t* is `min(decay, (1 + t) / (10 + t))`: a short run's average does not remember its
/// start for ever.
public final class WeightAverage {
    /// The share of the old average that stays at each update, in the long run.
    public let decay: Double
    /// The average.
    public let weights: FloatArena
    /// Updates so far.
    public private(set) var updateCount: Int

    /// An average that begins as the given weights.
    ///
    /// - Throws: ``TrainingError`` if the decay does not lie in `0 ..< 1`.
    public init(of weights: FloatArena, decay: Double, on pool: ComputePool) throws {
        guard decay >= 0, decay < 1 else {
            throw TrainingError("A weight average cannot keep \(decay) of itself; the number lies between 0 and 1.")
        }
        self.decay = decay
        self.weights = FloatArena(count: weights.count)
        updateCount = 0
        Kernels.blend(weights, share: 1, into: self.weights, on: pool)
    }

    /// Goes on after `updateCount` updates; the average is to be filled by the caller.
    public func restore(updateCount: Int) {
        precondition(updateCount >= 0, "There cannot be \(updateCount) updates.")
        self.updateCount = updateCount
    }

    /// Takes the weights in.
    public func update(with current: FloatArena, on pool: ComputePool) {
        updateCount += 1
        let kept = min(decay, Double(1 + updateCount) / Double(10 + updateCount))
        Kernels.blend(current, share: Float(1 - kept), into: weights, on: pool)
    }
}
