extension GenerationDefaults {
    /// What a kind of file calls the numbers that it recommends.
    struct SamplingKeys {
        let temperature: String
        let topK: String
        let topP: String
        let minP: String
        let repetitionPenalty: String
    }

    /// Reads what a file recommends for drawing tokens.
    ///
    /// - Parameters:
    ///   - keys: What the file calls it.
    ///   - number: The number under a key, if there is one.
    ///   - wholeNumber: The whole number under a key, if there is one.
    ///   - failure: The error about a key, with what is wrong with its value.
    /// - Throws: What `failure` gives for a number that nobody can draw by, so that it is not taken for the user's.
    mutating func readSampling(
        _ keys: SamplingKeys, number: (String) throws -> Double?, wholeNumber: (String) throws -> Int?,
        failure: (_ key: String, _ problem: String) -> CheckpointError
    ) throws {
        func checked(_ key: String, _ rule: String, _ isPossible: (Float) -> Bool) throws -> Double? {
            guard let value = try number(key) else { return nil }
            // Drawing calculates in single precision.
            guard isPossible(Float(value)) else { throw failure(key, "its value is \(value), but must be \(rule)") }
            return value
        }
        temperature = try checked(keys.temperature, "a number from 0 up") { $0 >= 0 && $0.isFinite }
        // 0 and -1 are written for "all tokens".
        topK = try wholeNumber(keys.topK).flatMap { $0 > 0 ? $0 : nil }
        topP = try checked(keys.topP, "between 0 and 1") { (0...1).contains($0) }
        minP = try checked(keys.minP, "between 0 and 1") { (0...1).contains($0) }
        repetitionPenalty = try checked(keys.repetitionPenalty, "a number above 0") { $0 > 0 && $0.isFinite }
    }
}
