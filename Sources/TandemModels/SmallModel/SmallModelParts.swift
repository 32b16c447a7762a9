import TandemMath

/// Makes a small model's parts of named weights, in the form asked for.
final class SmallModelParts {
    private let configuration: TandemConfiguration
    private let large: LargeModel?
    private let form: SmallModel.Form
    private let pool: ComputePool
    private var weights: [SmallParameter: SmallWeight] = [:]
    /// In a packed model, what a draft step reads, and where it goes: side by side, in the order of reading.
    private var encoded: [SmallParameter: TensorData] = [:]
    private var arena: WeightArena?
    /// Weights in training, to be refreshed.
    private(set) var dense: [DenseWeight] = []

    /// Checks weights and large model.
    init(
        _ configuration: TandemConfiguration, weights: [SmallParameter: SmallWeight], large: LargeModel?,
        form: SmallModel.Form, pool: ComputePool
    ) throws {
        self.configuration = configuration
        self.large = large
        self.form = form
        self.pool = pool
        if configuration.embedding != .own { try requireLarge("embedding") }
        for shape in configuration.parameters {
            guard let weight = weights[shape.parameter] else {
                guard shape.isFrozen, large != nil else {
                    throw ModelError.weightShape(
                        "\(shape.parameter)", found: [], expected: [shape.rows, shape.columns])
                }
                try requireLarge("head")
                continue
            }
            guard weight.shape == [shape.rows, shape.columns] else {
                throw ModelError.weightShape(
                    "\(shape.parameter)", found: weight.shape, expected: [shape.rows, shape.columns])
            }
            guard weight.isFinite else { throw ModelError.weightNotFinite(weight.name(as: shape.parameter)) }
            self.weights[shape.parameter] = weight
        }
        guard case .packed(let format) = form else { return }
        for (parameter, weight) in self.weights where Self.isReadInOrder(parameter) {
            encoded[parameter] = try weight.tensor(
                name: "\(parameter)", as: Self.format(of: parameter, asked: format), pool: pool)
        }
        arena = WeightArena(byteCount: encoded.values.reduce(0) { $0 + WeightMatrix.packedByteCount(of: $1) })
    }

    private static func isReadInOrder(_ parameter: SmallParameter) -> Bool {
        switch parameter {
        case .inputProjection, .lastState, .layer: !parameter.isVector
        default: false
        }
    }

    /// What a round reads once, the large model's states on their way into a block, and what is small keeps eight bits:
    /// that takes no time, and all that the drafter knows of the text comes through it.
    private static func format(of parameter: SmallParameter, asked: TensorFormat) -> TensorFormat {
        switch parameter {
        case .lastState, .inputProjection: atLeastEightBits(asked)
        default: asked
        }
    }

    private static func atLeastEightBits(_ format: TensorFormat) -> TensorFormat {
        switch format {
        case .q4_0, .q4_1: .q8_0
        default: format
        }
    }

    private func requireLarge(_ part: String) throws {
        let expected = [configuration.small.vocabularyCount, configuration.largeWidth]
        let found = large.map { [$0.configuration.vocabularyCount, $0.configuration.width] } ?? []
        guard found == expected else {
            throw ModelError.weightShape("the large model's \(part)", found: found, expected: expected)
        }
    }

    func matrix(_ parameter: SmallParameter) throws -> Matrix {
        guard let weight = weights[parameter] else {
            throw ModelError.weightShape("\(parameter)", found: [], expected: [])
        }
        return weight.matrix
    }

    func linear(_ parameter: SmallParameter) throws -> Linear {
        guard let tensor = encoded[parameter] else {
            return try linear(matrix(parameter), name: "\(parameter)")
        }
        return .packed(try WeightMatrix(tensor, in: arena, pool: pool))
    }

    private func linear(_ matrix: Matrix, name: String, isSmall: Bool = false) throws -> Linear {
        switch form {
        case .training:
            let weight = DenseWeight(matrix, pool: pool)
            dense.append(weight)
            return .dense(weight)
        case .packed(let format):
            let format = isSmall ? Self.atLeastEightBits(format) : format
            let tensor = try SmallWeight.numbers(matrix).tensor(name: name, as: format, pool: pool)
            return .packed(try WeightMatrix(tensor, pool: pool))
        }
    }

    func input() throws -> SmallModel.Input {
        switch (configuration.embedding, large) {
        case (.large(let projected), let large?):
            .large(large.embedding, projection: projected ? try linear(.inputProjection) : nil)
        default: .own(try matrix(.embedding))
        }
    }

    func blocks() throws -> [TransformerBlock] {
        try (0..<configuration.small.layerCount).map { layer in
            func weight(_ parameter: LayerParameter) throws -> Linear { try linear(.layer(layer, parameter)) }
            func numbers(_ parameter: LayerParameter) throws -> Matrix { try matrix(.layer(layer, parameter)) }
            let small = configuration.small
            return TransformerBlock(
                configuration: small, attentionNorm: try numbers(.attentionNorm), query: try weight(.query),
                key: try weight(.key), value: try weight(.value), attentionOutput: try weight(.attentionOutput),
                feedForwardNorm: try numbers(.feedForwardNorm), gate: try weight(.gate), up: try weight(.up),
                down: try weight(.down),
                biases: small.hasAttentionBias
                    ? .init(query: try numbers(.queryBias), key: try numbers(.keyBias), value: try numbers(.valueBias))
                    : nil,
                headNorms: small.hasQueryKeyNorm
                    ? .init(query: try numbers(.queryNorm), key: try numbers(.keyNorm)) : nil)
        }
    }

    // MARK: Memory

    func projections() throws -> [SmallModel.Projection] {
        try configuration.projections.enumerated().map { index, states in
            SmallModel.Projection(
                states: states, norms: try states.indices.map { try matrix(.memoryNorm(projection: index, state: $0)) },
                matrix: try linear(.memoryProjection(index)))
        }
    }

    /// For each layer, `W · P · diag(norm weights)` for its keys and its values; biases and head norms come after it.
    func foldedMemory() throws -> [SmallModel.FoldedMemory] {
        guard configuration.memory != .none else { return [] }
        // Columns of a projection are the outputs of its transpose, which all weights that follow it share.
        var transposed: [Int: (matrix: WeightMatrix, factors: [Float])] = [:]
        for (index, states) in configuration.projections.enumerated() {
            let factors = try states.indices.flatMap { try matrix(.memoryNorm(projection: index, state: $0)).row(0) }
            transposed[index] = (WeightMatrix(try matrix(.memoryProjection(index)).transposed()), factors)
        }
        return try (0..<configuration.small.layerCount).map { layer in
            func fold(_ parameter: LayerParameter) throws -> Linear {
                let weight = try matrix(.layer(layer, parameter))
                guard let projection = transposed[configuration.projection(of: layer)] else {
                    return try linear(weight, name: "\(parameter)", isSmall: true)
                }
                let rows = ActivationRows(rows: weight.rows, columns: weight.columns)
                rows.values.copyRows(weight.rows, from: weight)
                let product = Matrix(rows: weight.rows, columns: projection.matrix.rows)
                Kernels.multiply(rows, [WeightProduct(projection.matrix, into: product)], pool: pool)
                product.scaleColumns(by: projection.factors)
                return try linear(product, name: "layers.\(layer).memory.\(parameter.rawValue)", isSmall: true)
            }
            return SmallModel.FoldedMemory(key: try fold(.key), value: try fold(.value))
        }
    }

    // MARK: Head

    func head() throws -> Linear {
        guard configuration.head == .large, let large, large.configuration.width == configuration.small.width,
            case .packed(let format) = form
        else { return try linear(headMatrix(), name: "head") }
        let tokens = configuration.draftTokens
        if isWorthKeeping(large.output.format, insteadOf: format) {
            guard let tokens else { return .packed(large.output) }
            if let rows = WeightRows(of: large.output, rows: tokens).matrix { return .packed(rows) }
        }
        guard weights[.head] == nil else { return try linear(headMatrix(), name: "head") }
        // Row by row: all of them as floats would take several times as much memory as the whole small model.
        let rows = tokens ?? Array(0..<large.output.rows)
        let tensor = try Quantizer.encode(rows: rows, of: large.output, name: "head", as: format, on: pool)
        return .packed(try WeightMatrix(tensor, pool: pool))
    }

    /// The large model's own rows are exact. Where they are much larger (Q8_0 for a drafter in Q4_0), speed wins.
    private func isWorthKeeping(_ own: TensorFormat, insteadOf asked: TensorFormat) -> Bool {
        own.blockByteCount * asked.blockLength * 4 <= asked.blockByteCount * own.blockLength * 5
    }

    private func headMatrix() throws -> Matrix {
        if weights[.head] == nil, configuration.head == .large, let large {
            let rows = Matrix(
                rows: configuration.draftTokens?.count ?? configuration.small.vocabularyCount,
                columns: configuration.small.width)
            large.copyHead(to: rows, tokens: configuration.draftTokens)
            return rows
        }
        return try matrix(.head)
    }
}
