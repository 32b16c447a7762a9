public import TandemMath
public import TandemModels

/// A whole model in one GGUF file.
public struct GGUFModel: ModelCheckpoint {
    /// The file.
    public let file: GGUFFile
    /// Shape and constants, from the metadata.
    public let configuration: TransformerConfiguration
    /// Tensors that have no place in the configuration and do not change the result.
    public let unexpectedTensors: [String]
    /// Recommendations in the metadata.
    public let generationDefaults: GenerationDefaults
    /// The key `tokenizer.chat_template`.
    public let chatTemplate: String?
    /// The key `general.name`, or the file's name.
    public let displayName: String
    /// The key `general.license`.
    public let license: String?
    /// The key `general.license.name`.
    public let licenseName: String?

    /// Reads the configuration and checks that every weight is there in its shape.
    ///
    /// - Throws: ``CheckpointError`` for architectures and settings that are not supported, and for tensors that are
    ///   missing, of another shape, or that would take part in the computation if only there were a place for them.
    public init(file: GGUFFile) throws {
        self.file = file
        configuration = try GGUFConfiguration(file: file).configuration()
        unexpectedTensors = try Self.inventory(of: file).check(against: configuration)
        generationDefaults = try GenerationDefaults(metadata: file.metadata, configuration: configuration)
        chatTemplate = try file.metadata.string(ifPresent: "tokenizer.chat_template")
        displayName = try file.metadata.string(ifPresent: "general.name") ?? fileName(of: file.path)
        // A licence that cannot be read is no reason to refuse a model.
        license = try? file.metadata.string(ifPresent: "general.license")
        licenseName = try? file.metadata.string(ifPresent: "general.license.name")
    }

    /// The file's path.
    public var path: String { file.path }
    /// The file's length.
    public var byteCount: Int { file.byteCount }
    /// The file's own vocabulary, if it has one.
    public var tokenizerSource: TokenizerSource {
        file.metadata.contains("tokenizer.ggml.model") ? .gguf(file) : .missing
    }

    /// The weight at `path`.
    ///
    /// Files of the architecture llama hold the rows of queries and keys in another order (see `RotaryRowOrder`);
    /// those are copied, everything else stays in the mapped file.
    public func tensor(_ path: ParameterPath) throws -> TensorData {
        try file.verifyUnchanged()
        let tensor = try Self.inventory(of: file).tensor(path)
        guard configuration.architecture == .llama, case .layer(_, let parameter) = path,
            let headCount = rotaryHeadCount(of: parameter)
        else { return tensor }
        let order = RotaryRowOrder.halfSplitFromPaired(headCount: headCount, headWidth: configuration.headWidth)
        return try tensor.reorderingRows(order)
    }

    /// SHA-256 of the weights: see ``contentHash(of:)``.
    public func contentHash() throws -> String {
        try file.verifyUnchanged()
        return TandemCheckpoint.contentHash(of: file.tensors)
    }

    private func rotaryHeadCount(of parameter: LayerParameter) -> Int? {
        switch parameter {
        case .query, .queryBias: configuration.headCount
        case .key, .keyBias: configuration.keyValueHeadCount
        default: nil
        }
    }

    private static func inventory(of file: GGUFFile) -> TensorInventory {
        TensorInventory(
            path: file.path, tensors: file.tensors, name: GGUFNaming.name, find: file.tensor,
            changesResult: GGUFNaming.changesResult, authority: "the metadata ask for",
            remedy: "Convert the model again with a current converter: its metadata and its weights do not belong "
                + "together.",
            otherNames: [GGUFNaming.rotaryDivisors])
    }
}

/// The last component of a path, without a `.gguf` at its end.
func fileName(of path: String) -> String {
    let last = path.split(separator: "/").last.map(String.init) ?? path
    return last.hasSuffix(".gguf") ? String(last.dropLast(5)) : last
}
