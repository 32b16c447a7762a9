public import TandemMath
public import TandemModels

/// Writes a transformer as a GGUF file that every reader of the format takes.
///
/// There is no tokenizer in it: such a model speaks in tokens.
public enum GGUFModelWriter {
    /// Writes a model.
    ///
    /// - Parameters:
    ///   - configuration: its shape; a llama without biases and head norms.
    ///   - name: what people call it.
    ///   - format: how matrices are stored; vectors are F32.
    ///   - path: where to.
    ///   - weight: gives every weight of `TransformerConfiguration.parameters`, vectors as one row.
    /// - Throws: ``CheckpointError`` if the model cannot be stored so, what `weight` throws, `MappedFileError`; nothing is
    ///   then left at `path`.
    public static func write(
        _ configuration: TransformerConfiguration, name: String, format: TensorFormat = .float32, to path: String,
        weight: (ParameterPath) throws -> Matrix
    ) throws {
        guard configuration.architecture == .llama, configuration.rotaryScaling == .none,
            !configuration.hasAttentionBias, !configuration.hasQueryKeyNorm
        else {
            throw CheckpointError(
                file: path, problem: "only models of the architecture llama without rotary scaling are written",
                remedy: "Use a converter of the model's makers.")
        }
        var writer = GGUFWriter()
        try writer.add("general.architecture", .string("llama"))
        try writer.add("general.name", .string(name))
        try writer.add("general.file_type", .uint32(format.ggufFileType))
        try writer.add("general.quantization_version", .uint32(2))
        let counts = [
            ("vocab_size", configuration.vocabularyCount), ("context_length", configuration.contextLength),
            ("embedding_length", configuration.width), ("block_count", configuration.layerCount),
            ("feed_forward_length", configuration.feedForwardWidth), ("attention.head_count", configuration.headCount),
            ("attention.head_count_kv", configuration.keyValueHeadCount),
            ("attention.key_length", configuration.headWidth), ("attention.value_length", configuration.headWidth),
            ("rope.dimension_count", configuration.headWidth),
        ]
        for (key, count) in counts { try writer.add("llama.\(key)", .uint32(UInt32(count))) }
        try writer.add("llama.attention.layer_norm_rms_epsilon", .float32(configuration.normEpsilon))
        try writer.add("llama.rope.freq_base", .float32(Float(configuration.rotaryBase)))
        let parameters = configuration.parameters
        let formats = parameters.map { _, shape -> TensorFormat in
            shape.count < 2 ? .float32 : shape[1] % format.blockLength == 0 ? format : .float16
        }
        for ((path, shape), format) in zip(parameters, formats) {
            try writer.describe(GGUFNaming.name(of: path), format: format, shape: shape)
        }
        try writer.write(to: path) { index in
            let (parameter, shape) = parameters[index]
            let name = GGUFNaming.name(of: parameter)
            let matrix = try weight(parameter)
            guard matrix.rows * matrix.columns == shape.reduce(1, *), matrix.columns == shape.last else {
                throw CheckpointError(
                    file: path, place: .tensor(name),
                    problem: "the weight is \(matrix.rows) × \(matrix.columns), where \(shape) is needed",
                    remedy: "Give the weights that belong to the configuration.")
            }
            let tensor = try Quantizer.encode(matrix.values, name: name, shape: shape, as: formats[index])
            return try paired(tensor, parameter, configuration)
        }
    }

    /// The rows of queries and keys in the order in which files of this architecture have them (see `RotaryRowOrder`).
    private static func paired(
        _ tensor: TensorData, _ path: ParameterPath, _ configuration: TransformerConfiguration
    ) throws -> TensorData {
        let headCount: Int
        switch path {
        case .layer(_, .query): headCount = configuration.headCount
        case .layer(_, .key): headCount = configuration.keyValueHeadCount
        default: return tensor
        }
        let order = RotaryRowOrder.halfSplitFromPaired(headCount: headCount, headWidth: configuration.headWidth)
        var inverse = [Int](repeating: 0, count: order.count)
        for (row, origin) in order.enumerated() { inverse[origin] = row }
        return try tensor.reorderingRows(inverse)
    }
}
