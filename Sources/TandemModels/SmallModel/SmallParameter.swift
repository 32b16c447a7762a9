public import TandemMath

/// Names one weight of a small model. C are its channels, CL the large model's.
public enum SmallParameter: Sendable, Hashable, CustomStringConvertible {
    /// `[vocabulary, C]`, if the embedding is its own.
    case embedding
    /// `[C, CL]`, if the embedding is the large model's, projected.
    case inputProjection
    /// `[C, CL]`, if the last state is added.
    case lastState
    /// `[1, CL]`: the norm of one state of one projection.
    case memoryNorm(projection: Int, state: Int)
    /// `[C, states · CL]`
    case memoryProjection(Int)
    /// A weight of one block.
    case layer(Int, LayerParameter)
    /// `[1, C]`
    case outputNorm
    /// `[draft vocabulary, C]`
    case head

    /// For files and messages, for example `layers.1.query`.
    public var description: String {
        switch self {
        case .embedding: "embedding"
        case .inputProjection: "inputProjection"
        case .lastState: "lastState"
        case .memoryNorm(let projection, let state): "memory.\(projection).norm.\(state)"
        case .memoryProjection(let projection): "memory.\(projection).projection"
        case .layer(let layer, let parameter): "layers.\(layer).\(parameter.rawValue)"
        case .outputNorm: "outputNorm"
        case .head: "head"
        }
    }

    /// Whether it is a norm's weight.
    public var isNorm: Bool {
        switch self {
        case .memoryNorm, .outputNorm, .layer(_, .attentionNorm), .layer(_, .feedForwardNorm), .layer(_, .queryNorm),
            .layer(_, .keyNorm):
            true
        default: false
        }
    }

    /// Whether it is a bias.
    public var isBias: Bool {
        switch self {
        case .layer(_, .queryBias), .layer(_, .keyBias), .layer(_, .valueBias): true
        default: false
        }
    }

    /// Whether it is a norm's weight or a bias: one row, kept as floats, no weight decay.
    public var isVector: Bool { isNorm || isBias }
}

/// A weight's name and shape.
public struct SmallParameterShape: Sendable, Equatable {
    /// Which weight.
    public let parameter: SmallParameter
    /// Rows of its matrix.
    public let rows: Int
    /// Columns of its matrix.
    public let columns: Int
    /// Whether training leaves it as it is.
    public let isFrozen: Bool
}

extension TandemConfiguration {
    /// Every weight of the small model, in the order in which a forward pass meets them.
    public var parameters: [SmallParameterShape] {
        var all: [SmallParameterShape] = []
        func add(_ parameter: SmallParameter, _ rows: Int, _ columns: Int, isFrozen: Bool = false) {
            all.append(SmallParameterShape(parameter: parameter, rows: rows, columns: columns, isFrozen: isFrozen))
        }
        switch embedding {
        case .own: add(.embedding, small.vocabularyCount, small.width)
        case .large(projected: true): add(.inputProjection, small.width, largeWidth)
        case .large(projected: false): break
        }
        if addsLastState { add(.lastState, small.width, largeWidth) }
        for (projection, states) in projections.enumerated() {
            for state in states.indices { add(.memoryNorm(projection: projection, state: state), 1, largeWidth) }
            add(.memoryProjection(projection), small.width, states.count * largeWidth)
        }
        for case (.layer(let layer, let parameter), let shape) in small.parameters {
            add(.layer(layer, parameter), shape.count == 1 ? 1 : shape[0], shape.count == 1 ? shape[0] : shape[1])
        }
        add(.outputNorm, 1, small.width)
        add(.head, draftTokens?.count ?? small.vocabularyCount, small.width, isFrozen: head == .large)
        return all
    }

    /// New weights: norms are ones, biases zeros, everything else is drawn with a variance of one over the number of inputs, and
    /// less where a layer writes to the residual stream.
    ///
    /// A frozen head is left at zero, for the large model's rows (``LargeModel/copyHead(to:tokens:)``).
    public func makeWeights(seed: UInt64) -> [SmallParameter: Matrix] {
        var generator = SeededGenerator(seed: seed)
        var weights: [SmallParameter: Matrix] = [:]
        for shape in parameters {
            let matrix = Matrix(rows: shape.rows, columns: shape.columns)
            var deviation = 1 / Double(shape.columns).squareRoot()
            switch shape.parameter {
            case .layer(_, .attentionOutput), .layer(_, .down):
                deviation /= Double(2 * small.layerCount).squareRoot()
            case .lastState: deviation *= 0.1
            default: break
            }
            if shape.parameter.isNorm {
                matrix.fill(with: 1)
            } else if !shape.isFrozen, !shape.parameter.isBias {
                for row in 0..<shape.rows {
                    matrix.setRow(row, to: (0..<shape.columns).map { _ in Float(generator.nextNormal() * deviation) })
                }
            }
            weights[shape.parameter] = matrix
        }
        return weights
    }
}
