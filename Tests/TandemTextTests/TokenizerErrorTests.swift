import TandemText
import Testing

/// A `tokenizer.json` with some of its parts replaced.
private func file(
    vocabulary: String = #"{"a":0,"b":1,"ab":2}"#, merges: String = #"["a b"]"#, added: String = "[]",
    preTokenizer: String = #"{"type":"ByteLevel","add_prefix_space":false}"#, normalizer: String = "null",
    postProcessor: String = "null", model: String = ""
) -> [UInt8] {
    Array(
        """
        {"added_tokens":\(added),"normalizer":\(normalizer),"pre_tokenizer":\(preTokenizer),
        "post_processor":\(postProcessor),"model":{"type":"BPE",\(model)"vocab":\(vocabulary),"merges":\(merges)}}
        """.utf8)
}

private func reason(_ bytes: [UInt8], _ configuration: String? = nil) -> String {
    do {
        _ = try TokenizerDefinition(tokenizerJSON: bytes, configurationJSON: configuration.map { Array($0.utf8) })
        return "none"
    } catch {
        return "\(error)"
    }
}

private func reason(_ source: GGUFVocabulary) -> String {
    do {
        _ = try TokenizerDefinition(gguf: source)
        return "none"
    } catch {
        return "\(error)"
    }
}

@Test func `a sound file is accepted`() {
    #expect(reason(file()) == "none")
    #expect(reason(TinyVocabulary.byteLevel()) == "none")
    #expect(reason(TinyVocabulary.sentencePiece()) == "none")
}

@Test(arguments: [
    (file(vocabulary: #"{"a":0,"b":1,"ab":2,"a":3}"#), "same text as token 0"),
    (file(vocabulary: #"{"a":0,"b":1,"ab":1}"#), "is both \"b\" and \"ab\""),
    (file(vocabulary: #"{"a":0,"b":1,"ab":-1}"#), "must have a number"),
    (file(vocabulary: #"{"a":0,"b":1,"ab":4194304}"#), "must have a number"),
    (file(vocabulary: #"{"a":0,"b":1,"ab":1.5}"#), "must have a number"),
    (file(vocabulary: "[]"), "no vocabulary"),
    (file(vocabulary: "{}", merges: "[]"), "has 0 tokens"),
    (file(merges: #"["a c"]"#), "needs the token \"c\""),
    (file(merges: #"["b a"]"#), "needs the token \"ba\""),
    (file(merges: #"["ab"]"#), "merge 0"),
    (file(merges: #"["a b c"]"#), "merge 0"),
    (file(merges: #"[["a"]]"#), "merge 0"),
    (file(merges: "{}"), "no list of merges"),
    (file(added: #"[{"id":1,"content":"x"}]"#), "is both \"x\" and \"b\""),
    (file(added: #"[{"id":-1,"content":"x"}]"#), "added token at place 0"),
    (file(added: #"[{"id":7}]"#), "added token at place 0"),
    (file(added: #"[{"id":7,"content":""}]"#), "text of 1 to 4096 bytes"),
    (file(preTokenizer: #"{"type":"Whitespace"}"#), "Whitespace"),
    (file(preTokenizer: "null"), "treatment of spaces"),
    (
        file(
            preTokenizer: #"{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"x+"},"#
                + #""behavior":"Isolated"},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}"#),
        "\"x+\" is not supported"
    ),
    (file(normalizer: #"{"type":"Lowercase"}"#), "Lowercase"),
    (file(postProcessor: #"{"type":"BertProcessing"}"#), "BertProcessing"),
    (
        file(postProcessor: #"{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}}]}"#),
        "does not exist"
    ),
    (file(model: #""dropout":0.1,"#), "dropout"),
    (file(model: #""unk_token":"?","#), "unknown token \"?\""),
    (file(model: #""end_of_word_suffix":"</w>","#), "end_of_word_suffix"),
    (Array(#"{"model":{"type":"Unigram"}}"#.utf8), "Unigram"),
    (Array("{}".utf8), "no model"),
])
func `a file that cannot be used is refused with its reason`(bytes: [UInt8], expected: String) {
    #expect(reason(bytes).contains(expected), "\(reason(bytes))")
}

@Test(arguments: [
    "", "{", "[1,]", #"{"a" 1}"#, #"{"a":1"#, "nul", "1.2.3", "-", #""a"#, "\"\u{1}\"", #""\x""#, #""\ud800""#,
    #""\ud800\u0041""#, #""\u12""#, "1 2", "[1 2]", "{a:1}", String(repeating: "[", count: 100_000),
])
func `what is not JSON is refused at its place`(text: String) {
    #expect(reason(Array(text.utf8)).contains("not valid JSON at byte"))
}

@Test func `bytes that are not UTF-8 are refused`() {
    #expect(reason([0x22, 0xC3, 0x28, 0x22]).contains("not UTF-8"))
}

@Test func `escapes and pairs of surrogates are read`() throws {
    let bytes = file(
        vocabulary: #"{"\u0061":0,"b":1,"\u0061b":2,"\"":3}"#,
        added: #"[{"id":4,"content":"\ud83d\ude00\n\/","special":true}]"#)
    let tokenizer = BytePairTokenizer(try TokenizerDefinition(tokenizerJSON: bytes))
    #expect(tokenizer.pieces("ab\"") == ["ab", "\""])
    #expect(tokenizer.specialToken("😀\n/") == 4)
}

@Test func `the configuration names the tokens around a text`() throws {
    let bytes = file(added: #"[{"id":3,"content":"<s>","special":true},{"id":4,"content":"</s>","special":true}]"#)
    let configuration = #"{"bos_token":"<s>","eos_token":{"content":"</s>"},"add_bos_token":true}"#
    let definition = try TokenizerDefinition(tokenizerJSON: bytes, configurationJSON: Array(configuration.utf8))
    #expect(definition.beginningOfText == 3 && definition.endOfText == [4] && definition.addsBeginningOfText)
    #expect(definition.endOfTextToken == 4)
    #expect(reason(bytes, #"{"bos_token":"<x>"}"#).contains("\"<x>\", which is no token"))
    #expect(reason(bytes, #"{"add_bos_token":true}"#).contains("is not named"))
}

@Test func `of the tokens that end an answer one ends a text, and changes no fingerprint`() throws {
    var source = TinyVocabulary.byteLevel()
    source.endOfText = 2
    source.endOfTurn = [1]
    let definition = try TokenizerDefinition(gguf: source)
    #expect(definition.endOfTextToken == 2 && definition.endOfText == [0, 1, 2])
    source.endOfText = nil
    let other = try TokenizerDefinition(gguf: source)
    // The names <|end|> and <|im_end|> alone say that these end an answer.
    #expect(other.endOfTextToken == nil && other.endOfText == [0, 1, 2])
    #expect(BytePairTokenizer(definition).fingerprint == BytePairTokenizer(other).fingerprint)
}

@Test func `metadata that do not fit together are refused with their reason`() {
    func expect(_ reasonPart: String, _ source: GGUFVocabulary, change: (inout GGUFVocabulary) -> Void) {
        var source = source
        change(&source)
        #expect(reason(source).contains(reasonPart), "\(reason(source))")
    }
    let bytes = TinyVocabulary.byteLevel()
    let pieces = TinyVocabulary.sentencePiece()
    expect("\"bert\" is not supported", bytes) { $0.model = "bert" }
    expect("\"mpt\" is not supported; supported are: gpt-2, smollm", bytes) { $0.preTokenizer = "mpt" }
    expect("tokenizer.ggml.pre is missing", bytes) { $0.preTokenizer = nil }
    expect("tokenizer.ggml.merges is missing", bytes) { $0.merges = nil }
    expect("token_type is missing", bytes) { $0.tokenTypes = nil }
    expect("token_type has 1 entries", bytes) { $0.tokenTypes = [1] }
    expect("type 9", bytes) { $0.tokenTypes?[5] = 9 }
    expect("type -1", bytes) { $0.tokenTypes?[5] = -1 }
    expect("number -1", bytes) { $0.beginningOfText = -1 }
    expect("number 999", bytes) { $0.endOfText = 999 }
    expect("number 1000", bytes) { $0.endOfTurn = [2, 1000] }
    expect("merge 0", bytes) { $0.merges = StringTable(["he"]) }
    expect("merge 0", bytes) { $0.merges = StringTable([" he"]) }
    expect("same text as token", bytes) {
        $0.tokens.append("he".utf8)
        $0.tokenTypes?.append(1)
    }
    expect("has 0 tokens", bytes) {
        $0.tokens = StringTable()
        $0.tokenTypes = []
    }
    expect("scores is missing", pieces) { $0.scores = nil }
    expect("scores has 2 entries", pieces) { $0.scores = [1, 2] }
    expect("not a number", pieces) { $0.scores?[260] = .nan }
    expect("is \"<0x-1>\"; it must be like <0x0A>", pieces) {
        $0.tokens.append("<0x-1>".utf8)
        $0.tokenTypes?.append(6)
        $0.scores?.append(0)
    }
    expect("is the same byte as token 13", pieces) {
        $0.tokens.append("<0x0a>".utf8)
        $0.tokenTypes?.append(6)
        $0.scores?.append(0)
    }
}
