public import TandemMath
public import TandemModels

/// A model whose weights are drawn from a seed: tiny, different in every number, and the same on every machine.
public struct RandomModel: ParameterSource {
    /// Its shape.
    public let configuration: TransformerConfiguration
    /// How its matrices are stored; vectors are floats.
    public let format: TensorFormat
    /// How its output matrix is stored.
    public let outputFormat: TensorFormat
    /// Where the weights come from.
    public let seed: UInt64
    /// Weights to take instead.
    public var replacements: [ParameterPath: TensorData] = [:]

    /// A model of some shape.
    public init(
        _ configuration: TransformerConfiguration, format: TensorFormat = .float32, outputFormat: TensorFormat? = nil,
        seed: UInt64 = 1
    ) {
        self.configuration = configuration
        self.format = format
        self.outputFormat = outputFormat ?? format
        self.seed = seed
    }

    /// The weight at a path, which must be one of the configuration's.
    public func tensor(_ path: ParameterPath) throws -> TensorData {
        if let replacement = replacements[path] { return replacement }
        guard let index = configuration.parameters.firstIndex(where: { $0.path == path }) else {
            throw MissingParameter(path: path)
        }
        let shape = configuration.parameters[index].shape
        let seed = seed &* 1_000 &+ UInt64(index)
        guard shape.count == 2 else { return try vector(path, count: shape[0], seed: seed) }
        let isOutput = path == .output || (path == .embedding && configuration.tiesEmbedding)
        let scale = path == .embedding ? 1 : 1.2 / Double(shape[1]).squareRoot()
        return try TensorData.random(
            isOutput ? outputFormat : format, rows: shape[0], columns: shape[1], seed: seed, scale: scale,
            name: "\(path)")
    }

    /// Norm weights around 1, biases around 0.
    private func vector(_ path: ParameterPath, count: Int, seed: UInt64) throws -> TensorData {
        var generator = SeededGenerator(seed: seed)
        let isBias =
            switch path {
            case .layer(_, .queryBias), .layer(_, .keyBias), .layer(_, .valueBias): true
            default: false
            }
        let numbers = (0..<count).map { _ in Float(generator.nextNormal() * 0.2 + (isBias ? 0 : 1)) }
        return try Quantizer.encode(numbers, name: "\(path)", shape: [count], as: .float32)
    }
}

/// A weight that the configuration does not have.
public struct MissingParameter: Error {
    let path: ParameterPath
}
