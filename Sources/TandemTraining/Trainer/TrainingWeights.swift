public import TandemMath
public import TandemModels

extension ArenaLayout {
    /// The weights of a small model that are trained, in the order of a forward pass. Norms and biases do not decay.
    public init(training configuration: TandemConfiguration) {
        self.init()
        for shape in configuration.parameters where !shape.isFrozen {
            add(
                "\(shape.parameter)", rows: shape.rows, columns: shape.columns,
                group: Group(decays: !shape.parameter.isVector))
        }
    }
}

/// A small model's weights in training: one arena with those that an optimiser writes, and the frozen ones beside it.
public struct TrainingWeights: Sendable {
    /// The small model's shape.
    public let configuration: TandemConfiguration
    /// Where each trained weight lies.
    public let layout: ArenaLayout
    /// The trained weights.
    public let arena: FloatArena
    /// Weights that nobody writes.
    public let frozen: [SmallParameter: Matrix]

    /// Copies the trained ones of `initial` into an arena, and keeps the frozen ones as they are.
    ///
    /// - Throws: `ModelError` if a weight is missing or has another shape.
    public init(_ configuration: TandemConfiguration, initial: [SmallParameter: Matrix]) throws {
        self.configuration = configuration
        layout = ArenaLayout(training: configuration)
        arena = layout.makeArena()
        var frozen: [SmallParameter: Matrix] = [:]
        for shape in configuration.parameters {
            guard let matrix = initial[shape.parameter], matrix.rows == shape.rows, matrix.columns == shape.columns
            else {
                throw ModelError.weightShape(
                    "\(shape.parameter)",
                    found: initial[shape.parameter].map { [$0.rows, $0.columns] } ?? [],
                    expected: [shape.rows, shape.columns])
            }
            if shape.isFrozen {
                frozen[shape.parameter] = matrix
            } else {
                layout.matrix("\(shape.parameter)", in: arena)?.copyRows(shape.rows, from: matrix)
            }
        }
        self.frozen = frozen
    }

    /// The matrices of an arena of this layout, by the weights that they belong to: gradients, for instance.
    public func matrices(in arena: FloatArena) -> [SmallParameter: Matrix] {
        var matrices: [SmallParameter: Matrix] = [:]
        for shape in configuration.parameters where !shape.isFrozen {
            matrices[shape.parameter] = layout.matrix("\(shape.parameter)", in: arena)
        }
        return matrices
    }

    /// All weights of the model, the trained ones as they lie in `arena`.
    public func all(in arena: FloatArena) -> [SmallParameter: Matrix] {
        matrices(in: arena).merging(frozen) { trained, _ in trained }
    }
}
