/// SentencePiece writes a space as `▁`, U+2581. Here it is undone where text and vocabularies come in, so that everything
/// inside deals with spaces.
enum SpaceSymbol {
    static let text = "\u{2581}"
    /// The first byte of `▁` in UTF-8.
    static let lead: UInt8 = 0xE2

    /// Appends `text` with every `▁` made a space.
    static func decode(_ text: ArraySlice<UInt8>, into result: inout [UInt8]) {
        var position = text.startIndex
        while position < text.endIndex {
            if isSymbol(text, position) {
                result.append(UInt8(ascii: " "))
                position += 3
            } else {
                result.append(text[position])
                position += 1
            }
        }
    }

    /// `text` with every `▁` made a space.
    static func decode(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(lead) else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        decode(text[...], into: &result)
        return result
    }

    private static func isSymbol(_ text: ArraySlice<UInt8>, _ position: Int) -> Bool {
        text[position] == lead && position + 2 < text.endIndex && text[position + 1] == 0x96
            && text[position + 2] == 0x81
    }
}
