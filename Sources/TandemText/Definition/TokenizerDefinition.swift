/// Everything that makes a tokenizer, whatever file it came from: checked, and with names resolved to numbers.
///
/// Whoever holds a definition can make the tokenizer from it without failing: ``BytePairTokenizer/init(_:)``.
/// There are two ways to one: `init(gguf:)` and `init(tokenizerJSON:configurationJSON:)`.
public struct TokenizerDefinition: Sendable, Equatable {
    /// The two kinds of byte-pair encoding.
    public enum Model: Sendable, Hashable {
        /// Over bytes, within words (GPT-2, Llama 3, Qwen).
        case byteLevel(ByteLevelRules)
        /// Over characters, with spaces as part of the text (Llama 2, Mistral).
        case sentencePiece(SentencePieceRules)
    }

    /// Which kind, and its rules.
    public let model: Model
    /// The bytes that each token stands for: spaces are spaces, byte tokens single bytes.
    public let tokens: StringTable
    /// What each token is for.
    public let kinds: [TokenKind]
    /// Tokens recognised in the text before merging.
    public let addedTokens: [AddedToken]
    /// The token that begins every text.
    public let beginningOfText: Int?
    /// The token that ends a text, which chat templates call `eos_token`: GGUF's `tokenizer.ggml.eos_token_id`, or the
    /// `eos_token` of `tokenizer_config.json`. It is one of ``endOfText``.
    public let endOfTextToken: Int?
    /// The tokens that end an answer.
    public let endOfText: Set<Int>
    /// The token for what no other can express.
    public let unknown: Int?
    /// Whether the model was trained with ``beginningOfText`` in front of every text.
    public let addsBeginningOfText: Bool
    /// Whether the model was trained with an end-of-text token after every text.
    public let addsEndOfText: Bool

    /// Pairs of tokens that become one, best first.
    let merges: [Merge]
    /// Finds the tokens that merging can produce.
    let index: ByteStringIndex
    /// For each byte the token of that byte alone, or -1.
    let byteTokens: [Int32]

    /// Two neighbours, what they become, and how early: lower ranks first.
    struct Merge: Sendable, Equatable {
        let left: Int32
        let right: Int32
        let result: Int32
        let rank: UInt32
    }

    /// The largest vocabulary that is accepted; ``BytePairTokenizer`` packs token numbers on this promise.
    static let maximumCount = 4_194_304

    /// Texts of tokens that end an answer, in the families that are supported and their relatives.
    private static let endingTexts: Set<String> = [
        "<|endoftext|>", "<|im_end|>", "<|eot_id|>", "<|end_of_text|>", "<|eom_id|>", "<|end|>", "</s>",
        "<end_of_turn>", "<eos>", "<EOT>",
    ]

    init(
        model: Model, vocabulary: IndexedVocabulary, merges: [Merge], addedTokens: [AddedToken],
        beginningOfText: Int?, endOfTextToken: Int?, endOfTurn: [Int] = [], unknown: Int?, addsBeginningOfText: Bool,
        addsEndOfText: Bool
    ) throws {
        let count = vocabulary.tokens.count
        let endings = (endOfTextToken.map { [$0] } ?? []) + endOfTurn
        for (name, id) in [("beginning-of-text", beginningOfText), ("unknown", unknown)]
            + endings.map({ ("end-of-text", Int?.some($0)) })
        {
            guard let id else { continue }
            guard (0..<count).contains(id) else {
                throw TokenizerError.invalid(
                    place: "its \(name) token", reason: "is number \(id), but there are only \(count) tokens")
            }
        }
        if addsBeginningOfText, beginningOfText == nil {
            throw TokenizerError.invalid(
                place: "its beginning-of-text token", reason: "is to stand before every text but is not named")
        }
        for token in addedTokens {
            guard (0..<count).contains(token.id), !token.text.isEmpty, token.text.utf8.count <= 4096 else {
                throw TokenizerError.invalid(
                    place: "its added token \(token.id)",
                    reason: "must have a number below \(count) and a text of 1 to 4096 bytes")
            }
        }
        self.model = model
        tokens = vocabulary.tokens
        kinds = vocabulary.kinds
        index = vocabulary.index
        byteTokens = vocabulary.byteTokens
        self.merges = merges
        self.addedTokens = addedTokens
        self.beginningOfText = beginningOfText
        self.endOfTextToken = endOfTextToken
        endOfText = Set(endings).union(
            addedTokens.lazy.filter { $0.isSpecial && Self.endingTexts.contains($0.text) }.map(\.id))
        self.unknown = unknown
        self.addsBeginningOfText = addsBeginningOfText
        self.addsEndOfText = addsEndOfText
    }
}

/// How a byte-level tokenizer treats text.
public struct ByteLevelRules: Sendable, Hashable {
    /// How words are cut.
    public let preTokenizer: PreTokenizer
    /// Whether text that does not begin with a space is given one.
    public let addsPrefixSpace: Bool
    /// Whether a word that is a token is taken whole, without merging.
    public let ignoresMerges: Bool
    /// Whether text is brought into canonical composition (NFC) first.
    public let composesCharacters: Bool
}

/// How a SentencePiece-style tokenizer treats text.
public struct SentencePieceRules: Sendable, Hashable {
    /// Where a space is put in front of the text, so that a first word looks like any other.
    public enum PrefixSpace: String, Sendable, Hashable {
        /// Nowhere.
        case never
        /// Before every piece of text, also between special tokens.
        case always
        /// As `always`, unless the piece begins with a space.
        case alwaysUnlessPresent
        /// Before the first piece only, if the text begins with it and it does not begin with a space.
        case firstUnlessPresent
    }

    /// Where a space is added.
    public let prefixSpace: PrefixSpace
    /// Whether every space begins a word of its own, which no token spans.
    public let splitsAtEverySpace: Bool
    /// Whether characters without a token are written as byte tokens.
    public let fallsBackToBytes: Bool
    /// Whether neighbouring characters without a token become one unknown token.
    public let fusesUnknown: Bool
    /// Whether decoded text loses the one space that was added in front.
    public let dropsLeadingSpace: Bool
}
