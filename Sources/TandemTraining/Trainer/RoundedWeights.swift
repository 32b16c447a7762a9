import TandemCheckpoint
import TandemMath
import TandemModels

/// The weights that an optimiser moves, rounded as a bundle will store them.
///
/// A model that is made of these sees in every pass what its users will: the loss counts the rounding in. Gradients are taken as
/// those of the weights before it (the straight-through estimator of Bengio, Léonard and Courville, 2013), since steps are far
/// smaller than the distance of two stored numbers, and add up until a weight is nearer to the next one.
final class RoundedWeights {
    /// The rounded weights, in the layout of those that are trained.
    let arena: FloatArena
    private let parts: [(source: Matrix, target: Matrix, format: TensorFormat)]

    /// Weights that follow those of `source`, an arena of the layout of `weights`; nil if no storage is asked for.
    ///
    /// - Throws: `TensorDataError` if a weight is too large for the storage.
    init?(of weights: TrainingWeights, in source: FloatArena, as storage: BundleStorage?, on pool: ComputePool) throws {
        guard let storage else { return nil }
        arena = weights.layout.makeArena()
        let (from, to) = (weights.matrices(in: source), weights.matrices(in: arena))
        parts = weights.configuration.parameters.compactMap { shape in
            guard let source = from[shape.parameter], let target = to[shape.parameter] else { return nil }
            return (source, target, storage.format(of: shape))
        }
        try update(on: pool)
    }

    /// Rounds the weights as they are now.
    func update(on pool: ComputePool) throws {
        for part in parts { try Quantizer.round(part.source, as: part.format, into: part.target, on: pool) }
    }
}
