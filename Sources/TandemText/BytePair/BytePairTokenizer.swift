/// Byte-pair encoding, over bytes or over characters, as its definition says.
///
///     text ─► added tokens ─► normalise ─► added tokens ─► words ─► cache ─► merge ─► tokens
///             (as they are)                (normalised)
///
/// One tokenizer serves any number of threads.
public final class BytePairTokenizer: Tokenizer {
    /// What the tokenizer was made from.
    public let definition: TokenizerDefinition

    let mergeTable: MergeTable
    let rawTokens: AddedTokenMatcher
    let normalizedTokens: AddedTokenMatcher?
    /// Whether no token has a space after anything but a space, so that text may be cut before spaces.
    let canCutAtSpaces: Bool
    private let addedByID: [Int: AddedToken]
    private let specialByText: [String: Int]
    private let pool = EncoderPool()

    /// Makes the tokenizer that `definition` describes.
    public init(_ definition: TokenizerDefinition) {
        self.definition = definition
        mergeTable = MergeTable(definition.merges)
        let raw = definition.addedTokens.filter { !$0.isNormalized }
        let normalized = definition.addedTokens.filter(\.isNormalized)
        rawTokens = AddedTokenMatcher(raw.map { (Array($0.text.utf8), $0) })
        normalizedTokens =
            normalized.isEmpty
            ? nil : AddedTokenMatcher(normalized.map { (definition.normalize(Array($0.text.utf8)), $0) })
        canCutAtSpaces = definition.mergesKeepSpacesFirst
        addedByID = Dictionary(definition.addedTokens.map { ($0.id, $0) }) { _, last in last }
        specialByText = Dictionary(definition.addedTokens.lazy.filter(\.isSpecial).map { ($0.text, $0.id) }) {
            _, last in
            last
        }
    }

    /// The number of tokens, added ones included.
    public var vocabularyCount: Int { definition.tokens.count }
    /// The token that begins every text.
    public var beginningOfText: Int? { definition.beginningOfText }
    /// Whether the model was trained with ``beginningOfText`` in front of every text.
    public var addsBeginningOfText: Bool { definition.addsBeginningOfText }
    /// The tokens that end an answer.
    public var endOfText: Set<Int> { definition.endOfText }
    /// The one of them that chat templates call `eos_token`.
    public var endOfTextToken: Int? { definition.endOfTextToken }

    /// Whether decoded text loses one space in front.
    public var dropsLeadingSpace: Bool {
        if case .sentencePiece(let rules) = definition.model { return rules.dropsLeadingSpace }
        return false
    }

    /// The tokens of `text`.
    public func encode(_ text: String, specialTokens: SpecialTokenHandling, addsBeginning: Bool) -> [Int] {
        let bytes = Array(text.utf8)
        var output: [Int] = []
        output.reserveCapacity(bytes.count / 3 + 2)
        if addsBeginning, addsBeginningOfText, let beginningOfText { output.append(beginningOfText) }
        pool.withState { state in
            rawTokens.forEachPart(of: bytes, in: 0..<bytes.count, specialTokens: specialTokens) { part in
                switch part {
                case .token(let id): output.append(id)
                case .text(let range):
                    encode(bytes, range, specialTokens: specialTokens, state: &state, output: &output)
                }
            }
        }
        return output
    }

    /// Normalises a stretch between added tokens, and finds those that are looked for only then.
    private func encode(
        _ bytes: [UInt8], _ range: Range<Int>, specialTokens: SpecialTokenHandling, state: inout EncoderState,
        output: inout [Int]
    ) {
        let isNormal = definition.isNormal(bytes, range)
        let text = isNormal ? bytes : definition.normalize(Array(bytes[range]))
        let textRange = isNormal ? range : 0..<text.count
        guard let normalizedTokens else {
            encodeWords(text, textRange, isFirst: range.lowerBound == 0, state: &state, output: &output)
            return
        }
        let handling = isNormal ? specialTokens : specialTokens.rewriting(range)
        normalizedTokens.forEachPart(of: text, in: textRange, specialTokens: handling) { part in
            switch part {
            case .token(let id): output.append(id)
            case .text(let inner):
                let isFirst = range.lowerBound == 0 && inner.lowerBound == textRange.lowerBound
                encodeWords(text, inner, isFirst: isFirst, state: &state, output: &output)
            }
        }
    }

    /// The bytes that a token stands for.
    public func bytes(of token: Int) -> [UInt8] {
        guard token >= 0, token < definition.tokens.count else { return [] }
        return Array(definition.tokens[token])
    }

    /// Whether a token steers the model rather than being part of the text.
    public func isSpecial(_ token: Int) -> Bool {
        addedByID[token]?.isSpecial ?? false
    }

    /// The special token that is written `text`.
    public func specialToken(_ text: String) -> Int? { specialByText[text] }

    /// What special tokens are written like.
    public var specialTokenTexts: [String] { Array(specialByText.keys) }

    /// A hash of the vocabulary, the merges and the rules.
    public var fingerprint: String { definition.fingerprint }
}
