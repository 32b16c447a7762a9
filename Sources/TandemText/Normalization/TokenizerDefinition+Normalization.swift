extension TokenizerDefinition {
    /// Whether ``normalize(_:)`` would change nothing in `text[range]`, as a quick look can tell.
    func isNormal(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        switch model {
        case .byteLevel(let rules): !rules.composesCharacters || CanonicalComposition.shared.isComposed(text, range)
        case .sentencePiece(let rules): rules.prefixSpace != .always && !text[range].contains(SpaceSymbol.lead)
        }
    }

    /// The text as the vocabulary was made for it.
    func normalize(_ text: [UInt8]) -> [UInt8] {
        switch model {
        case .byteLevel(let rules):
            return rules.composesCharacters ? CanonicalComposition.shared.compose(text) : text
        case .sentencePiece(let rules):
            let spaced = SpaceSymbol.decode(text)
            return rules.prefixSpace == .always && !spaced.isEmpty ? [UInt8(ascii: " ")] + spaced : spaced
        }
    }
}
