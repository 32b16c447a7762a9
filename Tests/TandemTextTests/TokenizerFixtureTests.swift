import Foundation
import TandemText
import Testing

/// What other programs make of hard texts, as `Tools/make_tokenizer_fixtures.py` recorded it.
private enum Fixture {
    struct Texts: Decodable {
        let texts: [String]
    }

    struct Expected: Decodable {
        let begin: [Int]
        let parsed: [[Int]]
        /// Where literal special tokens make a difference.
        let literal: [Int: [Int]]
        /// Where decoding, special tokens left out, does not give the text again.
        let decoded: [Int: String]
        /// Where the reference decodes the name of an added token to something else than the name.
        let unclear: Set<Int>
    }

    struct SentencePiece: Decodable {
        let tokens: [String]
        let scores: [Float]
        let types: [Int32]
        let ids: [[Int]]
    }

    static func data(_ name: String) throws -> Data {
        let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures/Tokenizers")
        return try Data(contentsOf: try #require(url))
    }

    static func read<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: data(name))
    }

    static func tokenizer(_ name: String) throws -> BytePairTokenizer {
        BytePairTokenizer(try TokenizerDefinition(tokenizerJSON: Array(data(name))))
    }
}

@Test(arguments: ["gpt2", "gpt2-prefix", "smollm", "llama3", "qwen2", "llama2", "mistral", "metaspace"])
func `hard texts have the tokens that the reference gives them`(name: String) throws {
    let tokenizer = try Fixture.tokenizer(name)
    let texts = try Fixture.read("texts", as: Fixture.Texts.self).texts
    let expected = try Fixture.read("\(name).expected", as: Fixture.Expected.self)
    #expect(tokenizer.encode("", specialTokens: .parsed, addsBeginning: true) == expected.begin)
    for (index, text) in texts.enumerated() {
        let parsed = tokenizer.encode(text, specialTokens: .parsed, addsBeginning: false)
        #expect(parsed == expected.parsed[index], "\(text.debugDescription)")
        let literal = tokenizer.encode(text, specialTokens: .literal, addsBeginning: false)
        #expect(literal == expected.literal[index] ?? expected.parsed[index], "\(text.debugDescription)")
        guard !expected.unclear.contains(index) else { continue }
        let decoded = tokenizer.decode(parsed, skipsSpecial: true)
        #expect(Array(decoded.utf8) == Array((expected.decoded[index] ?? text).utf8), "\(text.debugDescription)")
    }
}

@Test func `scores give the tokens that SentencePiece gives`() throws {
    let fixture = try Fixture.read("sentencepiece", as: Fixture.SentencePiece.self)
    var source = GGUFVocabulary(model: "llama", tokens: StringTable(fixture.tokens))
    source.scores = fixture.scores
    source.tokenTypes = fixture.types
    source.beginningOfText = 1
    let tokenizer = BytePairTokenizer(try TokenizerDefinition(gguf: source))
    for (index, text) in try Fixture.read("texts", as: Fixture.Texts.self).texts.enumerated() {
        let ids = tokenizer.encode(text, specialTokens: .literal, addsBeginning: false)
        #expect(ids == fixture.ids[index], "\(text.debugDescription)")
    }
}
