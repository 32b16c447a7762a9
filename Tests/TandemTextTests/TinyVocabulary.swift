import TandemText

/// Vocabularies of a few tokens, as GGUF metadata give them.
enum TinyVocabulary {
    /// Byte level: three special tokens, all bytes of ASCII and some others, and what the merges make.
    static func byteLevel(
        preTokenizer: String? = "gpt-2", merges: [String] = ["h e", "l l", "he ll", "hell o", "Ġ hello"]
    ) -> GGUFVocabulary {
        var tokens = ["<|end|>", "<|im_start|>", "<|im_end|>"]
        var types: [Int32] = [3, 3, 3]
        tokens += (0x21...0x7E).map { String(Unicode.Scalar(UInt8($0))) } + ["Ġ", "Ċ", "â", "ĤĬ", "Ĥ", "Ĭ", "¬"]
        tokens += ["he", "ll", "hell", "hello", "Ġhello"]
        types += Array(repeating: 1, count: tokens.count - types.count)
        var result = GGUFVocabulary(model: "gpt2", tokens: StringTable(tokens))
        result.preTokenizer = preTokenizer
        result.tokenTypes = types
        result.merges = StringTable(merges)
        result.beginningOfText = 1
        result.endOfText = 0
        return result
    }

    /// SentencePiece: unknown, control, 256 byte tokens, and a few pieces with scores.
    static func sentencePiece(pieces: [(String, Float)]? = nil) -> GGUFVocabulary {
        let pieces =
            pieces ?? [
                ("▁", -10), ("a", -11), ("b", -12), ("é", -13), ("ab", -1), ("▁ab", -2), ("ba", -0.5), ("▁▁", -3),
            ]
        var tokens = ["<unk>", "<s>", "</s>"]
        var types: [Int32] = [2, 3, 3]
        for byte in 0..<256 {
            let digits = String(byte, radix: 16, uppercase: true)
            tokens.append("<0x" + (digits.count == 1 ? "0" : "") + digits + ">")
            types.append(6)
        }
        var scores = [Float](repeating: 0, count: tokens.count)
        for (text, score) in pieces {
            tokens.append(text)
            types.append(1)
            scores.append(score)
        }
        var result = GGUFVocabulary(model: "llama", tokens: StringTable(tokens))
        result.tokenTypes = types
        result.scores = scores
        result.beginningOfText = 1
        result.endOfText = 2
        return result
    }
}

extension Tokenizer {
    /// The texts of the tokens of `text`.
    func pieces(_ text: String, specialTokens: SpecialTokenHandling = .parsed) -> [String] {
        encode(text, specialTokens: specialTokens, addsBeginning: false).map { piece(of: $0) }
    }
}
