import TandemText
import Testing

@Test func `bytes go in and come out`() {
    let tokenizer = ByteTokenizer(specialTokens: ["<|im_start|>"], addsBeginningOfText: true)
    #expect(tokenizer.vocabularyCount == 259)
    let text = "é <|im_start|>\0"
    let tokens = tokenizer.encode(text, specialTokens: .parsed, addsBeginning: true)
    #expect(tokens == [257, 0xC3, 0xA9, 0x20, 258, 0])
    #expect(tokenizer.decode(tokens, skipsSpecial: false) == "<|begin|>" + text)
    #expect(tokenizer.decode(tokens, skipsSpecial: true) == "é \0")
    let literal = tokenizer.encode(text, specialTokens: .literal, addsBeginning: false)
    #expect(literal == Array(text.utf8).map { Int($0) })
}

@Test func `a piece shows bytes that are no text`() {
    let tokenizer = ByteTokenizer()
    #expect(tokenizer.piece(of: 0x41) == "A")
    #expect(tokenizer.piece(of: 0xE2) == "<0xE2>")
    #expect(tokenizer.piece(of: 256) == "<|end|>")
    #expect(tokenizer.piece(of: 1000) == "")
}
