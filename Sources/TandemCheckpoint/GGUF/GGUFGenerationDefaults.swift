import TandemModels

extension GenerationDefaults {
    /// Reads end tokens and the `general.sampling` keys.
    init(metadata: GGUFMetadata, configuration: TransformerConfiguration) throws {
        self.init()
        func token(_ name: String) throws -> Int? {
            let key = "tokenizer.ggml.\(name)"
            guard let id = try metadata.token(ifPresent: key) else { return nil }
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
        try readSampling(
            SamplingKeys(
                temperature: "general.sampling.temp", topK: "general.sampling.top_k", topP: "general.sampling.top_p",
                minP: "general.sampling.min_p", repetitionPenalty: "general.sampling.penalty_repeat"),
            number: { try metadata.float(ifPresent: $0) }, wholeNumber: { try metadata.integer(ifPresent: $0) },
            failure: {
                CheckpointError(file: metadata.file, place: .key($0), problem: $1, remedy: Remedy.recommendation)
            })
    }
}
