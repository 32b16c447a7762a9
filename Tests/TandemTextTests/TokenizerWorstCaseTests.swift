import TandemText
import Testing

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
