/// Every byte a token: for tests and tiny models.
///
/// The tokens 0 to 255 are bytes, 256 ends a text, 257 begins one, and further special tokens follow.
public struct ByteTokenizer: Tokenizer {
    private let specialTexts: [String]
    private let matcher: AddedTokenMatcher

    /// Whether encoded texts are to begin with token 257.
    public let addsBeginningOfText: Bool

    /// A byte tokenizer with the given special tokens, numbered from 258, beside `<|end|>` and `<|begin|>`.
    ///
    /// Texts that are empty or that repeat an earlier one take a number but are never recognised.
    public init(specialTokens: [String] = [], addsBeginningOfText: Bool = false) {
        let texts = ["<|end|>", "<|begin|>"] + specialTokens
        specialTexts = texts
        matcher = AddedTokenMatcher(
            texts.enumerated().compactMap { index, text in
                text.isEmpty || texts.firstIndex(of: text) != index
                    ? nil : (Array(text.utf8), AddedToken(id: 256 + index, text: text, isSpecial: true))
            })
        self.addsBeginningOfText = addsBeginningOfText
    }

    /// 256 bytes and the special tokens.
    public var vocabularyCount: Int { 256 + specialTexts.count }
    /// Token 257, `<|begin|>`.
    public var beginningOfText: Int? { 257 }
    /// Token 256, `<|end|>`.
    public var endOfText: Set<Int> { [256] }
    /// Token 256.
    public var endOfTextToken: Int? { 256 }
    /// Never.
    public var dropsLeadingSpace: Bool { false }

    /// The bytes of the text's UTF-8, and its special tokens where they are parsed.
    public func encode(_ text: String, specialTokens: SpecialTokenHandling, addsBeginning: Bool) -> [Int] {
        var tokens = addsBeginning && addsBeginningOfText ? [257] : []
        let bytes = Array(text.utf8)
        matcher.forEachPart(of: bytes, in: 0..<bytes.count, specialTokens: specialTokens) { part in
            switch part {
            case .text(let range): tokens.append(contentsOf: bytes[range].lazy.map { Int($0) })
            case .token(let id): tokens.append(id)
            }
        }
        return tokens
    }

    /// The byte, or the special token's text.
    public func bytes(of token: Int) -> [UInt8] {
        if let byte = UInt8(exactly: token) { return [byte] }
        return specialTexts.indices.contains(token - 256) ? Array(specialTexts[token - 256].utf8) : []
    }

    /// Whether the token is past the bytes.
    public func isSpecial(_ token: Int) -> Bool { token >= 256 && token < vocabularyCount }

    /// The token that is written `text`.
    public func specialToken(_ text: String) -> Int? {
        text.isEmpty ? nil : specialTexts.firstIndex(of: text).map { $0 + 256 }
    }

    /// What special tokens are written like.
    public var specialTokenTexts: [String] { specialTexts }

    /// A hash of the special tokens.
    public var fingerprint: String {
        var hash = StableHash()
        hash.combine("bytes".utf8)
        for text in specialTexts { hash.combine(text.utf8) }
        hash.combine(addsBeginningOfText ? 1 : 0)
        return hash.text
    }
}
