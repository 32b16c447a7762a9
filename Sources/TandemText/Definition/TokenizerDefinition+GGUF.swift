/// A tokenizer as the metadata of a GGUF file spell it, field by field.
///
/// Whoever reads the file fills this in; nothing is checked before ``TokenizerDefinition/init(gguf:)``.
public struct GGUFVocabulary: Sendable {
    /// `tokenizer.ggml.model`
    public var model: String
    /// `tokenizer.ggml.pre`
    public var preTokenizer: String?
    /// `tokenizer.ggml.tokens`
    public var tokens: StringTable
    /// `tokenizer.ggml.token_type`
    public var tokenTypes: [Int32]?
    /// `tokenizer.ggml.scores`
    public var scores: [Float]?
    /// `tokenizer.ggml.merges`
    public var merges: StringTable?
    /// `tokenizer.ggml.bos_token_id`
    public var beginningOfText: Int?
    /// `tokenizer.ggml.eos_token_id`
    public var endOfText: Int?
    /// `tokenizer.ggml.eot_token_id` and `tokenizer.ggml.eom_token_id`
    public var endOfTurn: [Int] = []
    /// `tokenizer.ggml.unknown_token_id`
    public var unknown: Int?
    /// `tokenizer.ggml.add_bos_token`
    public var addsBeginningOfText: Bool?
    /// `tokenizer.ggml.add_eos_token`
    public var addsEndOfText: Bool?
    /// `tokenizer.ggml.add_space_prefix`
    public var addsSpacePrefix: Bool?

    /// A vocabulary with the two fields that every file has; set the others as they are found.
    public init(model: String, tokens: StringTable) {
        self.model = model
        self.tokens = tokens
    }
}

extension TokenizerDefinition {
    /// Makes a definition from a GGUF file's metadata.
    ///
    /// - Throws: ``TokenizerError`` that names the value that cannot be used.
    public init(gguf source: GGUFVocabulary) throws {
        let count = source.tokens.count
        for (name, length) in [("token_type", source.tokenTypes?.count), ("scores", source.scores?.count)] {
            guard let length, length != count else { continue }
            throw TokenizerError.invalid(
                place: "its list tokenizer.ggml.\(name)", reason: "has \(length) entries for \(count) tokens")
        }
        switch source.model {
        case "gpt2": try self.init(byteLevel: source)
        case "llama": try self.init(sentencePiece: source)
        default:
            throw TokenizerError.unsupported(what: "model", name: source.model, supported: ["gpt2", "llama"])
        }
    }

    private init(byteLevel source: GGUFVocabulary) throws {
        guard let name = source.preTokenizer else {
            throw TokenizerError.invalid(
                place: "tokenizer.ggml.pre",
                reason: "is missing, so it is unknown how text is cut into words; convert the model again")
        }
        let preTokenizer = try PreTokenizer(named: name)
        guard let mergeTexts = source.merges else {
            throw TokenizerError.invalid(place: "tokenizer.ggml.merges", reason: "is missing")
        }
        let kinds = try Self.kinds(of: source)
        var builder = VocabularyBuilder(count: source.tokens.count)
        for token in 0..<source.tokens.count {
            builder.append(byteLevel: source.tokens[token], kind: kinds[token])
        }
        let vocabulary = try builder.finish(hasByteTokens: false)
        let merges = try vocabulary.resolveMerges(
            count: mergeTexts.count, text: mergeTexts.bytes, halves: { mergeTexts.halves($0) },
            decode: ByteAlphabet.decode)
        try self.init(
            model: .byteLevel(
                ByteLevelRules(
                    preTokenizer: preTokenizer, addsPrefixSpace: source.addsSpacePrefix ?? false,
                    ignoresMerges: preTokenizer.takesWholeWords, composesCharacters: preTokenizer == .qwen2)),
            vocabulary: vocabulary, merges: merges, addedTokens: Self.addedTokens(vocabulary),
            beginningOfText: source.beginningOfText,
            endOfTextToken: source.endOfText, endOfTurn: source.endOfTurn, unknown: nil,
            addsBeginningOfText: source.addsBeginningOfText ?? preTokenizer.addsBeginningByDefault,
            addsEndOfText: source.addsEndOfText ?? false)
    }

    private init(sentencePiece source: GGUFVocabulary) throws {
        guard let scores = source.scores else {
            throw TokenizerError.invalid(place: "tokenizer.ggml.scores", reason: "is missing")
        }
        guard !scores.contains(where: \.isNaN) else {
            throw TokenizerError.invalid(place: "tokenizer.ggml.scores", reason: "has an entry that is not a number")
        }
        let kinds = try Self.kinds(of: source)
        var builder = VocabularyBuilder(count: source.tokens.count)
        for token in 0..<source.tokens.count {
            guard kinds[token] == .byte else {
                builder.append(sentencePiece: source.tokens[token], kind: kinds[token])
                continue
            }
            guard let byte = IndexedVocabulary.byte(named: source.tokens[token]) else {
                throw TokenizerError.invalid(
                    place: "its byte token \(token)",
                    reason: "is \"\(source.tokens.string(token))\"; it must be like <0x0A>")
            }
            builder.append(byte: byte)
        }
        let vocabulary = try builder.finish(hasByteTokens: true)
        let addsSpacePrefix = source.addsSpacePrefix ?? true
        try self.init(
            model: .sentencePiece(
                SentencePieceRules(
                    prefixSpace: addsSpacePrefix ? .always : .never, splitsAtEverySpace: false,
                    fallsBackToBytes: vocabulary.byteTokens.contains { $0 >= 0 }, fusesUnknown: true,
                    dropsLeadingSpace: addsSpacePrefix)),
            vocabulary: vocabulary, merges: vocabulary.deriveMerges(scores: scores),
            addedTokens: Self.addedTokens(vocabulary), beginningOfText: source.beginningOfText,
            endOfTextToken: source.endOfText, endOfTurn: source.endOfTurn,
            unknown: source.unknown ?? kinds.firstIndex(of: .unknown),
            addsBeginningOfText: source.addsBeginningOfText ?? (source.beginningOfText != nil),
            addsEndOfText: source.addsEndOfText ?? false)
    }

    private static func kinds(of source: GGUFVocabulary) throws -> [TokenKind] {
        guard let types = source.tokenTypes else {
            throw TokenizerError.invalid(place: "tokenizer.ggml.token_type", reason: "is missing")
        }
        return try types.enumerated().map { index, type in
            guard let number = UInt8(exactly: type), let kind = TokenKind(rawValue: number) else {
                throw TokenizerError.invalid(
                    place: "its token \(index)", reason: "has the type \(type); types are numbered from 1 to 6")
            }
            return kind
        }
    }

    /// Control, unknown and user-defined tokens, looked for in the text as it is.
    private static func addedTokens(_ vocabulary: IndexedVocabulary) -> [AddedToken] {
        vocabulary.kinds.indices.compactMap { token in
            let kind = vocabulary.kinds[token]
            guard kind == .control || kind == .userDefined || kind == .unknown,
                !vocabulary.tokens.range(token).isEmpty
            else { return nil }
            return AddedToken(id: token, text: vocabulary.tokens.string(token), isSpecial: kind != .userDefined)
        }
    }
}

extension StringTable {
    /// The parts before and after the one space in the string at `index`.
    fileprivate func halves(_ index: Int) -> (Range<Int>, Range<Int>)? {
        let whole = range(index)
        guard let space = bytes[whole].firstIndex(of: UInt8(ascii: " ")), space > whole.lowerBound,
            space + 1 < whole.upperBound
        else { return nil }
        return (whole.lowerBound..<space, space + 1..<whole.upperBound)
    }
}
