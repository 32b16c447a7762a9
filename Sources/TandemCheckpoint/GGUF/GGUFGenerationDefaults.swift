import TandemModels

extension GenerationDefaults {
    /// Reads end tokens and the `general.sampling` keys.
    init(metadata: GGUFMetadata, configuration: TransformerConfiguration) throws {
        self.init()
        func token(_ name: String) throws -> Int? {
            let key = "tokenizer.ggml.\(name)"
            guard let id = try metadata.integer(ifPresent: key) else { return nil }
            // Some converters write -1, as an unsigned number or not, for a token that the model does not have.
            if id == -1 || id == Int(UInt32.max) { return nil }
            guard (0..<configuration.vocabularyCount).contains(id) else {
                throw CheckpointError(
                    file: metadata.file, place: .key(key),
                    problem: "token \(id) is not in the vocabulary of \(configuration.vocabularyCount)",
                    remedy: Remedy.damaged)
            }
            return id
        }
        for name in ["eos_token_id", "eot_token_id", "eom_token_id"] {
            if let id = try token(name), !endTokens.contains(id) { endTokens.append(id) }
        }
        beginToken = try token("bos_token_id")
        temperature = try metadata.float(ifPresent: "general.sampling.temp")
        topK = try metadata.integer(ifPresent: "general.sampling.top_k")
        topP = try metadata.float(ifPresent: "general.sampling.top_p")
        minP = try metadata.float(ifPresent: "general.sampling.min_p")
        repetitionPenalty = try metadata.float(ifPresent: "general.sampling.penalty_repeat")
    }
}
