/// What to do with the names of special tokens, like `<|im_start|>`, in a text.
public enum SpecialTokenHandling: Sendable, Hashable {
    /// They become special tokens: for text that a program made.
    case parsed
    /// They become special tokens unless they reach across one of these places, ascending and counted in bytes of the text's
    /// UTF-8: for what a chat template made of what people wrote (``PromptText``).
    case parsedBetween(seams: [Int])
    /// They are ordinary text: for text that a user wrote, who must not be able to speak as the system.
    case literal
}

/// Turns text into tokens and back.
///
/// For every text that the vocabulary can express, decoding what was encoded gives the text again (SentencePiece-style
/// tokenizers excepted, where the text itself contains `▁` or begins with a space):
///
///     let tokens = tokenizer.encode(text, specialTokens: .parsed, addsBeginning: false)
///     tokenizer.decode(tokens, skipsSpecial: false) == text
///
/// Token numbers outside the vocabulary stand for nothing: they have no bytes and decode to no text, because models may
/// have more output rows than tokens.
public protocol Tokenizer: Sendable {
    /// The number of tokens; they are numbered from 0.
    var vocabularyCount: Int { get }

    /// The tokens of `text`.
    ///
    /// - Parameters:
    ///   - text: Any text.
    ///   - specialTokens: Whether the names of special tokens in the text are those tokens.
    ///   - addsBeginning: Whether to put the beginning-of-text token in front, if the model was trained with it there
    ///     (``addsBeginningOfText``).
    func encode(_ text: String, specialTokens: SpecialTokenHandling, addsBeginning: Bool) -> [Int]

    /// The bytes that a token stands for. They need not be whole characters.
    func bytes(of token: Int) -> [UInt8]

    /// The token that begins every text.
    var beginningOfText: Int? { get }

    /// Whether the model was trained with ``beginningOfText`` in front of every text.
    var addsBeginningOfText: Bool { get }

    /// The tokens that end an answer.
    var endOfText: Set<Int> { get }

    /// The one of them that chat templates call `eos_token`; nil if the files name none.
    var endOfTextToken: Int? { get }

    /// Whether a token steers the model rather than being part of the text.
    func isSpecial(_ token: Int) -> Bool

    /// The special token that is written `text`.
    func specialToken(_ text: String) -> Int?

    /// What special tokens are written like.
    var specialTokenTexts: [String] { get }

    /// Whether decoded text loses one space in front, which encoding has added.
    var dropsLeadingSpace: Bool { get }

    /// A hash of all that decides which tokens a text has, the same for every run and machine.
    ///
    /// Two tokenizers with one fingerprint give the same tokens; a trained small model records that of its large model.
    var fingerprint: String { get }
}

extension SpecialTokenHandling {
    /// Whether the name of a special token at a place is ordinary text.
    func isLiteral(_ name: Range<Int>) -> Bool {
        switch self {
        case .parsed: return false
        case .literal: return true
        case .parsedBetween(let seams):
            var (low, high) = (0, seams.count)
            while low < high {
                let middle = (low + high) / 2
                if seams[middle] <= name.lowerBound { low = middle + 1 } else { high = middle }
            }
            return low < seams.count && seams[low] < name.upperBound
        }
    }

    /// The same for a stretch of the text that was rewritten, so that places in it are not known any more.
    func rewriting(_ stretch: Range<Int>) -> SpecialTokenHandling { isLiteral(stretch) ? .literal : .parsed }
}

extension Tokenizer {
    /// The text of `tokens`, with U+FFFD for bytes that are not UTF-8.
    ///
    /// - Parameters:
    ///   - tokens: Any tokens.
    ///   - skipsSpecial: Whether special tokens are left out.
    public func decode(_ tokens: some Sequence<Int>, skipsSpecial: Bool) -> String {
        var bytes: [UInt8] = []
        for token in tokens where !(skipsSpecial && isSpecial(token)) {
            bytes.append(contentsOf: self.bytes(of: token))
        }
        if dropsLeadingSpace, bytes.first == UInt8(ascii: " ") { bytes.removeFirst() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A token's text for people to look at: bytes that are not UTF-8 are written like `<0xE2>`.
    public func piece(of token: Int) -> String {
        let bytes = bytes(of: token)
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return bytes.map { byte in
            byte < 0x80
                ? String(Unicode.Scalar(byte))
                : "<0x" + String(byte, radix: 16, uppercase: true) + ">"
        }.joined()
    }
}
