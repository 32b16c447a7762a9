/// Collects tokens, undoing the way in which vocabularies write bytes.
struct VocabularyBuilder {
    private var tokens = StringTable()
    private var kinds: [TokenKind] = []
    private var unreachable: Set<Int> = []
    private var scratch: [UInt8] = []

    init(count: Int) {
        tokens.reserveCapacity(count: count, byteCount: count * 8)
        kinds.reserveCapacity(count)
    }

    /// Adds a token whose text is written as it is, and that merging does not produce.
    mutating func append(literal text: String, kind: TokenKind) {
        unreachable.insert(kinds.count)
        tokens.append(text.utf8)
        kinds.append(kind)
    }

    /// Adds a single byte.
    mutating func append(byte: UInt8) {
        tokens.append(CollectionOfOne(byte))
        kinds.append(.byte)
    }

    /// Adds a token written in ``ByteAlphabet``. Added tokens are not written so; merging can produce them where it
    /// makes no difference.
    mutating func append(byteLevel text: some Collection<UInt8>, kind: TokenKind) {
        let literal = Array(text)
        scratch.removeAll(keepingCapacity: true)
        let isDecoded = ByteAlphabet.decode(literal, 0..<literal.count, into: &scratch)
        if !isDecoded || kind != .normal && scratch != literal { unreachable.insert(kinds.count) }
        tokens.append(isDecoded && kind == .normal ? scratch : literal)
        kinds.append(kind)
    }

    /// Adds a token in which `▁` is a space. Text never contains the space that others contain.
    mutating func append(sentencePiece text: some Collection<UInt8>, kind: TokenKind) {
        let literal = Array(text)
        if literal.contains(UInt8(ascii: " ")) { unreachable.insert(kinds.count) }
        tokens.append(kind == .normal ? SpaceSymbol.decode(literal) : literal)
        kinds.append(kind)
    }

    /// Indexes what was collected.
    func finish(hasByteTokens: Bool) throws -> IndexedVocabulary {
        try IndexedVocabulary(tokens: tokens, kinds: kinds, unreachable: unreachable, hasByteTokens: hasByteTokens)
    }
}
