/// How text is cut into words before byte-pair merging, which never crosses a word's end.
///
/// Each case stands for the regular expressions that a family of models was trained with; `WordScanner` does by hand
/// what they say.
public enum PreTokenizer: String, Sendable, Hashable, CaseIterable, Codable {
    /// GPT-2: contractions, letters, numbers and the rest, each with at most one space before it.
    case gpt2 = "gpt-2"
    /// SmolLM: every digit a word of its own, then as GPT-2.
    case smolLM = "smollm"
    /// Llama 3: numbers in threes, newlines kept together, any one symbol joins the letters after it.
    case llama3 = "llama-bpe"
    /// Qwen 2, 2.5 and 3: as Llama 3 with every digit on its own, after canonical composition (NFC).
    case qwen2 = "qwen2"

    /// The pre-tokenizer that a GGUF file calls `name`.
    ///
    /// - Throws: ``TokenizerError`` that lists the supported names.
    public init(named name: String) throws {
        switch name {
        case "gpt-2", "gpt2": self = .gpt2
        case "smollm": self = .smolLM
        case "llama-bpe", "llama3", "llama-v3": self = .llama3
        case "qwen2", "deepseek-r1-qwen": self = .qwen2
        default: throw TokenizerError.unsupported(what: "pre-tokenizer", name: name, supported: Self.names)
        }
    }

    static let names = ["gpt-2", "smollm", "llama-bpe", "llama3", "llama-v3", "qwen2", "deepseek-r1-qwen"]

    /// Whether words that are tokens as they stand are taken whole, without merging (Llama 3's `ignore_merges`).
    var takesWholeWords: Bool { self == .llama3 }

    /// Whether a GGUF file that says nothing means a beginning-of-text token in front.
    var addsBeginningByDefault: Bool { self == .llama3 }
}

/// The regular expressions of `tokenizer.json` files that have a scanner.
enum PreTokenizerPattern {
    static let gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
    static let llama3 =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"#
        + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#
    static let qwen2 =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"#
        + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#
}
