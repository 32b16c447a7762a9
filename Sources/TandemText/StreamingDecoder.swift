/// Turns tokens into text as they come, and never splits a character.
///
/// A token may end in the middle of a character; its bytes are held back until the rest has come. Bytes that cannot
/// become a character are U+FFFD, one for each longest part that could have begun one (the practice that the Unicode
/// standard recommends, and that decoding everything at once follows): all pieces together are always what
/// ``Tokenizer/decode(_:skipsSpecial:)`` gives for all the tokens.
///
///     var decoder = StreamingDecoder(tokenizer)
///     for token in tokens { output.write(decoder.append(token)) }
///     output.write(decoder.flush())
public struct StreamingDecoder: Sendable {
    private let tokenizer: any Tokenizer
    private let skipsSpecial: Bool
    private var dropsSpace: Bool
    private var held: [UInt8] = []

    /// A decoder.
    ///
    /// - Parameters:
    ///   - tokenizer: Knows the tokens' bytes.
    ///   - skipsSpecial: Whether special tokens are left out.
    ///   - continuesText: Whether other text comes before, so that a SentencePiece-style tokenizer's leading space is
    ///     kept. An answer to a chat prompt begins a text; the continuation of a sentence does not.
    public init(_ tokenizer: any Tokenizer, skipsSpecial: Bool = true, continuesText: Bool = false) {
        self.tokenizer = tokenizer
        self.skipsSpecial = skipsSpecial
        dropsSpace = tokenizer.dropsLeadingSpace && !continuesText
    }

    /// The text that `token` completes; often empty.
    public mutating func append(_ token: Int) -> String {
        if skipsSpecial, tokenizer.isSpecial(token) { return "" }
        let bytes = tokenizer.bytes(of: token)
        guard !bytes.isEmpty else { return "" }
        held.append(contentsOf: bytes)
        if dropsSpace {
            dropsSpace = false
            if held.first == UInt8(ascii: " ") { held.removeFirst() }
        }
        let complete = held.count - UTF8Ending.unfinishedCount(held)
        let text = String(decoding: held[..<complete], as: UTF8.self)
        held.removeFirst(complete)
        return text
    }

    /// The text of the bytes that were held back, which no further token will complete.
    public mutating func flush() -> String {
        defer { held.removeAll() }
        return String(decoding: held, as: UTF8.self)
    }
}

/// Finds a character that has begun but not ended.
enum UTF8Ending {
    /// How many bytes at the end begin a character and could still become one.
    static func unfinishedCount(_ bytes: [UInt8]) -> Int {
        for distance in 1...3 where distance <= bytes.count {
            let lead = bytes[bytes.count - distance]
            if lead & 0xC0 == 0x80 { continue }
            let length: Int
            switch lead {
            case 0xC2...0xDF: length = 2
            case 0xE0...0xEF: length = 3
            case 0xF0...0xF4: length = 4
            default: return 0
            }
            guard distance < length else { return 0 }
            return distance == 1 || allows(lead, second: bytes[bytes.count - distance + 1]) ? distance : 0
        }
        return 0
    }

    /// Whether a character may begin with `lead` and the continuation byte `second`.
    private static func allows(_ lead: UInt8, second: UInt8) -> Bool {
        switch lead {
        case 0xE0: second >= 0xA0
        case 0xED: second < 0xA0
        case 0xF0: second >= 0x90
        case 0xF4: second < 0x90
        default: true
        }
    }
}
