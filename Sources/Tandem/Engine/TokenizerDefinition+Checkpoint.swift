public import TandemCheckpoint
public import TandemText

extension TokenizerDefinition {
    /// The tokenizer that a model brings.
    ///
    /// - Throws: ``TokenizerError``, ``CheckpointError`` or ``EngineError``.
    public init(of checkpoint: any ModelCheckpoint) throws {
        switch checkpoint.tokenizerSource {
        case .gguf(let file):
            try self.init(gguf: GGUFVocabulary(file.metadata))
        case .directory(let tokenizer, let configuration):
            try self.init(tokenizerJSON: tokenizer, configurationJSON: configuration)
        case .missing:
            throw EngineError.noTokenizer(path: checkpoint.path)
        }
    }
}

extension GGUFVocabulary {
    /// Reads the keys that begin with `tokenizer.ggml.`.
    init(_ metadata: GGUFMetadata) throws {
        func key(_ name: String) -> String { "tokenizer.ggml." + name }
        self.init(model: try metadata.string(key("model")), tokens: try metadata.stringTable(key("tokens")))
        preTokenizer = try metadata.string(ifPresent: key("pre"))
        tokenTypes = try metadata.integers(ifPresent: key("token_type"))?.map { Int32(clamping: $0) }
        scores = try metadata.floats(ifPresent: key("scores"))?.map { Float($0) }
        merges = try metadata.stringTable(ifPresent: key("merges"))
        beginningOfText = try metadata.token(ifPresent: key("bos_token_id"))
        endOfText = try metadata.token(ifPresent: key("eos_token_id"))
        for name in ["eot_token_id", "eom_token_id"] {
            if let token = try metadata.token(ifPresent: key(name)) { endOfTurn.append(token) }
        }
        unknown = try metadata.token(ifPresent: key("unknown_token_id"))
        addsBeginningOfText = try metadata.bool(ifPresent: key("add_bos_token"))
        addsEndOfText = try metadata.bool(ifPresent: key("add_eos_token"))
        addsSpacePrefix = try metadata.bool(ifPresent: key("add_space_prefix"))
    }
}
