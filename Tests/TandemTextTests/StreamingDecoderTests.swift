import TandemText
import Testing

private func stream(_ bytes: [UInt8]) -> [String] {
    var decoder = StreamingDecoder(ByteTokenizer())
    return bytes.map { decoder.append(Int($0)) } + [decoder.flush()]
}

@Test func `a character comes when its last byte has come`() {
    #expect(stream(Array("a€é".utf8)) == ["a", "", "", "€", "", "é", ""])
    #expect(stream(Array("😀".utf8)) == ["", "", "", "😀", ""])
}

@Test func `an unfinished character is replaced at the end`() {
    #expect(stream([0xF0, 0x9F, 0x98]) == ["", "", "", "\u{FFFD}"])
    #expect(stream([0xC3, 0x41]) == ["", "\u{FFFD}A", ""])
}

@Test func `pieces together are the text decoded at once, for any bytes`() {
    // The kinds of byte that UTF-8 distinguishes, in all sequences of four.
    let kinds: [UInt8] = [0x41, 0x80, 0x90, 0xA0, 0xC1, 0xC2, 0xE0, 0xED, 0xF0, 0xF4]
    var differences = 0
    for number in 0..<10_000 {
        let bytes = [1000, 100, 10, 1].map { kinds[number / $0 % 10] }
        if stream(bytes).joined() != String(decoding: bytes, as: UTF8.self) { differences += 1 }
    }
    #expect(differences == 0)
}

@Test func `special tokens are shown or skipped`() {
    let tokenizer = ByteTokenizer(specialTokens: ["<|x|>"])
    var shows = StreamingDecoder(tokenizer, skipsSpecial: false)
    #expect(shows.append(258) == "<|x|>")
    var skips = StreamingDecoder(tokenizer)
    #expect(skips.append(258).isEmpty)
    #expect(skips.append(9999).isEmpty)
}

@Test func `a SentencePiece text loses the space that encoding added, a continuation keeps it`() throws {
    let tokenizer = BytePairTokenizer(try TokenizerDefinition(gguf: TinyVocabulary.sentencePiece()))
    let tokens = tokenizer.encode("ab ab", specialTokens: .parsed, addsBeginning: true)
    var beginning = StreamingDecoder(tokenizer)
    #expect(tokens.map { beginning.append($0) } == ["", "ab", " ab"])
    var continuation = StreamingDecoder(tokenizer, continuesText: true)
    #expect(tokens.map { continuation.append($0) } == ["", " ab", " ab"])
    #expect(tokenizer.decode(tokens, skipsSpecial: true) == "ab ab")
}
