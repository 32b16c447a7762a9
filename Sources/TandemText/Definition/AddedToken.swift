/// A token that is recognised in the text before anything else happens to it: `<|im_start|>`, `</s>`.
public struct AddedToken: Sendable, Hashable {
    /// Its number.
    public let id: Int
    /// The text that it stands for.
    public let text: String
    /// Whether it steers the model rather than being part of the text. Special tokens are left out of decoded text on
    /// request, and are recognised only where the caller asks for it.
    public let isSpecial: Bool
    /// Whether it is looked for after the text was normalised (and is normalised itself), not before.
    public let isNormalized: Bool
    /// Whether it takes the white space before it.
    public let stripsLeft: Bool
    /// Whether it takes the white space after it.
    public let stripsRight: Bool
    /// Whether it counts only where no letter, digit or underscore touches it.
    public let isSingleWord: Bool

    /// An added token; without further flags, one that is looked for in the text as it is.
    public init(
        id: Int, text: String, isSpecial: Bool, isNormalized: Bool = false, stripsLeft: Bool = false,
        stripsRight: Bool = false, isSingleWord: Bool = false
    ) {
        self.id = id
        self.text = text
        self.isSpecial = isSpecial
        self.isNormalized = isNormalized
        self.stripsLeft = stripsLeft
        self.stripsRight = stripsRight
        self.isSingleWord = isSingleWord
    }
}

/// What a token is for, numbered as GGUF files number it.
public enum TokenKind: UInt8, Sendable, Hashable {
    /// A piece of text.
    case normal = 1
    /// Stands for what no other token can.
    case unknown = 2
    /// Steers the model.
    case control = 3
    /// A piece of text that is recognised before merging.
    case userDefined = 4
    /// A number without a text.
    case unused = 5
    /// A single byte, for characters that have no token.
    case byte = 6
}
