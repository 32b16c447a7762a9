extension GenerationDefaults {
    /// Reads `generation_config.json`, if there is one; what it does not say about tokens, `config.json` may.
    init(recommendations: JSONObject?, configuration: JSONObject, vocabularyCount: Int) throws {
        self.init()
        endTokens = try Self.tokens("eos_token_id", recommendations, configuration, vocabularyCount)
        beginToken = try Self.tokens("bos_token_id", recommendations, configuration, vocabularyCount).first
        samples = try recommendations?.bool("do_sample")
        guard let recommendations else { return }
        try readSampling(
            SamplingKeys(
                temperature: "temperature", topK: "top_k", topP: "top_p", minP: "min_p",
                repetitionPenalty: "repetition_penalty"),
            number: { try recommendations.double($0) }, wholeNumber: { try recommendations.integer($0) },
            failure: { recommendations.failure($0, $1, Remedy.recommendation) })
    }

    private static func tokens(
        _ key: String, _ first: JSONObject?, _ second: JSONObject, _ vocabularyCount: Int
    ) throws -> [Int] {
        for json in [first, second].compactMap({ $0 }) {
            guard let ids = try json.integers(key) else { continue }
            if let id = ids.first(where: { !(0..<vocabularyCount).contains($0) }) {
                throw json.failure(key, "token \(id) is not in the vocabulary of \(vocabularyCount)")
            }
            return ids
        }
        return []
    }
}
