import TandemText
import Testing

/// A file may hold tokens of any length: reading one takes no more than that.
@Test(.timeLimit(.minutes(20))) func `a vocabulary of long tokens takes no more than its length`() throws {
    var pieces: [(String, Float)] = [("b", -1)]
    for count in 1...300 { pieces.append((String(repeating: "a", count: count), -Float(count))) }
    pieces.append((String(repeating: "a", count: 300_000), -400))
    pieces.append((String(repeating: "a", count: 100_000) + "b", -401))
    let tokenizer = BytePairTokenizer(
        try TokenizerDefinition(gguf: TinyVocabulary.sentencePiece(pieces: pieces)))
    #expect(tokenizer.bytes(of: tokenizer.vocabularyCount - 1).count == 100_001)
    #expect(tokenizer.pieces("aaab").count > 1)
}

/// Texts that would take hours if any step were quadratic. The limit ends those hours; it measures nothing: a second
/// is enough even unoptimised.
@Test(.timeLimit(.minutes(20)), arguments: ["a", " ", "l", "\n", "<|im_", "é", "'"])
func `a long text without an end takes no more than its length`(unit: String) throws {
    for source in [TinyVocabulary.byteLevel(), TinyVocabulary.sentencePiece()] {
        let tokenizer = BytePairTokenizer(try TokenizerDefinition(gguf: source))
        let count = 300_000
        let text = String(repeating: unit, count: count / unit.utf8.count)
        let tokens = tokenizer.encode(text, specialTokens: .parsed, addsBeginning: false)
        #expect(tokens.count <= count + 1)
    }
}
