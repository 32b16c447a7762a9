extension GenerationDefaults {
    /// Reads `generation_config.json`, if there is one; what it does not say about tokens, `config.json` may.
    init(recommendations: JSONObject?, configuration: JSONObject, vocabularyCount: Int) throws {
        self.init()
        endTokens = try Self.tokens("eos_token_id", recommendations, configuration, vocabularyCount)
        beginToken = try Self.tokens("bos_token_id", recommendations, configuration, vocabularyCount).first
        samples = try recommendations?.bool("do_sample")
        temperature = try recommendations?.double("temperature")
        topK = try recommendations?.integer("top_k")
        topP = try recommendations?.double("top_p")
        minP = try recommendations?.double("min_p")
        repetitionPenalty = try recommendations?.double("repetition_penalty")
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
