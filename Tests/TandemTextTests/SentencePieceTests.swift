import TandemText
import Testing

private func tokenizer(_ source: GGUFVocabulary = TinyVocabulary.sentencePiece()) throws -> BytePairTokenizer {
    BytePairTokenizer(try TokenizerDefinition(gguf: source))
}

@Test func `the highest score merges first`() throws {
    // "ba" has the best score, so that "abab" is a, ba, b.
    #expect(try tokenizer().pieces("abab") == [" ", "a", "ba", "b"])
    #expect(try tokenizer().pieces("ab") == [" ab"])
    #expect(try tokenizer().pieces("ab  ab") == [" ab", " ", " ab"])
}

@Test func `a character without a token becomes bytes`() throws {
    let tokenizer = try tokenizer()
    #expect(tokenizer.pieces("é€") == [" ", "é", "<0xE2>", "<0x82>", "<0xAC>"])
    #expect(tokenizer.encode("\n", specialTokens: .parsed, addsBeginning: false) == [259, 3 + 10])
    let text = "ab €\n é"
    let tokens = tokenizer.encode(text, specialTokens: .parsed, addsBeginning: true)
    #expect(tokens.first == 1)
    #expect(tokenizer.decode(tokens, skipsSpecial: true) == text)
}

@Test func `every piece between special tokens gets its space`() throws {
    #expect(try tokenizer().pieces("ab</s>ab") == [" ab", "</s>", " ab"])
    var source = TinyVocabulary.sentencePiece()
    source.addsSpacePrefix = false
    #expect(try tokenizer(source).pieces("ab</s>ab") == ["ab", "</s>", "ab"])
}

@Test func `text cut at spaces has the tokens of text that is not cut`() throws {
    // A token that reaches across a space forbids cutting; this one never occurs otherwise.
    let pieces: [(String, Float)] = [
        ("▁", -10), ("a", -11), ("b", -12), ("ab", -1), ("▁ab", -2), ("ba", -0.5), ("▁▁", -3), ("q", -9), ("q▁", -20),
    ]
    let whole = try tokenizer(TinyVocabulary.sentencePiece(pieces: pieces))
    let cut = try tokenizer(TinyVocabulary.sentencePiece(pieces: Array(pieces.dropLast())))
    for number in 0..<2187 {
        var (rest, text) = (number, "")
        for _ in 0..<7 {
            text += ["a", "b", " "][rest % 3]
            rest /= 3
        }
        #expect(whole.pieces(text) == cut.pieces(text))
    }
    #expect(whole.pieces("q a") == [" ", "q ", "a"])
}
