import TandemText
import Testing

private func tokenizer(_ source: GGUFVocabulary = TinyVocabulary.byteLevel()) throws -> BytePairTokenizer {
    BytePairTokenizer(try TokenizerDefinition(gguf: source))
}

@Test func `the best merge goes first, then the leftmost`() throws {
    #expect(try tokenizer().pieces("hello hello hell help") == ["hello", " hello", " ", "hell", " ", "he", "l", "p"])
    // "l l" ranks above "h e" here, and the leftmost pair of three equal letters wins.
    let other = try tokenizer(TinyVocabulary.byteLevel(merges: ["l l", "h e"]))
    #expect(other.pieces("lllhe") == ["ll", "l", "he"])
}

@Test func `a long word is merged as a short one is`() throws {
    let tokenizer = try tokenizer()
    let word = String(repeating: "hellohelp", count: 40)
    let once = tokenizer.pieces("hellohelp")
    #expect(tokenizer.pieces(word) == Array(repeating: once, count: 40).flatMap { $0 })
}

@Test func `a special token is parsed or taken literally`() throws {
    let tokenizer = try tokenizer()
    #expect(tokenizer.encode("<|im_start|>", specialTokens: .parsed, addsBeginning: false) == [1])
    let literal = tokenizer.encode("<|im_start|>", specialTokens: .literal, addsBeginning: false)
    #expect(literal.count == 12)
    #expect(tokenizer.decode(literal, skipsSpecial: true) == "<|im_start|>")
    #expect(tokenizer.isSpecial(1) && !tokenizer.isSpecial(40) && !tokenizer.isSpecial(-1))
    #expect(tokenizer.specialToken("<|im_end|>") == 2 && tokenizer.specialToken("hello") == nil)
    #expect(tokenizer.endOfText == [0, 2])
}

@Test func `the beginning is added where the model was trained with it and the caller asks`() throws {
    var source = TinyVocabulary.byteLevel()
    source.addsBeginningOfText = true
    let with = try tokenizer(source)
    #expect(with.encode("he", specialTokens: .parsed, addsBeginning: true).first == 1)
    #expect(with.encode("he", specialTokens: .parsed, addsBeginning: false).first != 1)
    #expect(try tokenizer().encode("he", specialTokens: .parsed, addsBeginning: true).count == 1)
}

@Test func `numbers outside the vocabulary stand for nothing`() throws {
    let tokenizer = try tokenizer()
    for token in [-1, Int.min, tokenizer.vocabularyCount, Int.max] {
        #expect(tokenizer.bytes(of: token).isEmpty)
        #expect(tokenizer.decode([token], skipsSpecial: true).isEmpty)
    }
}

@Test func `a fingerprint tells vocabularies, merges and rules apart`() throws {
    let print = try tokenizer().fingerprint
    #expect(try tokenizer().fingerprint == print && print.count == 32)
    #expect(try tokenizer(TinyVocabulary.byteLevel(preTokenizer: "smollm")).fingerprint != print)
    #expect(try tokenizer(TinyVocabulary.byteLevel(merges: ["h e", "l l"])).fingerprint != print)
}

@Test func `many threads may encode with one tokenizer`() async throws {
    let tokenizer = try tokenizer()
    let text = "hello help <|im_end|> hello"
    let expected = tokenizer.encode(text, specialTokens: .parsed, addsBeginning: false)
    await withTaskGroup(of: [Int].self) { group in
        for _ in 0..<50 { group.addTask { tokenizer.encode(text, specialTokens: .parsed, addsBeginning: false) } }
        for await tokens in group { #expect(tokens == expected) }
    }
}
