import TandemText
import Testing

/// Whatever happens to a tokenizer's files, reading them ends in a tokenizer that works or in an error.
struct TokenizerSweepTests {
    struct Files: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let tokenizer: [UInt8]

        init(_ name: String, _ tokenizer: String) {
            testDescription = name
            self.tokenizer = Array(tokenizer.utf8)
        }
    }

    static let files = [
        Files(
            "byte level",
            #"""
            {"added_tokens":[{"id":6,"content":"<s>","special":true},{"id":7,"content":"x y","lstrip":true}],
            "normalizer":{"type":"NFC"},
            "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},
            {"type":"ByteLevel","add_prefix_space":false}]},
            "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}},{"Sequence":{"id":"A"}}],
            "special_tokens":{"<s>":{"ids":[6]}}},
            "model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2,"Ġ":3,"Ġa":4,"1":5},"merges":["a b","Ġ a"]}}
            """#),
        Files(
            "SentencePiece",
            #"""
            {"added_tokens":[{"id":0,"content":"<unk>","special":true},{"id":1,"content":"<s>","special":true}],
            "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},
            {"type":"Replace","pattern":{"String":" "},"content":"▁"}]},"pre_tokenizer":null,
            "decoder":{"type":"Sequence","decoders":[{"type":"Strip","content":" ","start":1}]},
            "model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":true,
            "vocab":{"<unk>":0,"<s>":1,"<0x0A>":2,"▁":3,"a":4,"b":5,"▁a":6,"▁ab":7},"merges":["▁ a",["▁a","b"]]}}
            """#),
    ]

    static let configuration = Array(#"{"bos_token":"<s>","eos_token":{"content":"<s>"},"add_bos_token":true}"#.utf8)

    /// Makes the tokenizer and works with it; whether there was one.
    private func works(_ definition: () throws -> TokenizerDefinition) throws -> Bool {
        let tokenizer: BytePairTokenizer
        do { tokenizer = BytePairTokenizer(try definition()) } catch is TokenizerError { return false }
        for handling in [SpecialTokenHandling.parsed, .literal] {
            let tokens = tokenizer.encode("ab a1  x y<s>é\n", specialTokens: handling, addsBeginning: true)
            #expect(tokens.allSatisfy { (0..<tokenizer.vocabularyCount).contains($0) })
            _ = tokenizer.decode(tokens, skipsSpecial: true)
        }
        _ = tokenizer.fingerprint
        return true
    }

    private func works(_ tokenizer: [UInt8], _ configuration: [UInt8]) throws -> Bool {
        try works { try TokenizerDefinition(tokenizerJSON: tokenizer, configurationJSON: configuration) }
    }

    @Test(.timeLimit(.minutes(5)), arguments: files)
    func `a file that is cut anywhere is refused`(_ files: Files) throws {
        #expect(try works(files.tokenizer, Self.configuration))
        for length in files.tokenizer.indices {
            let isWorking = try works(Array(files.tokenizer.prefix(length)), Self.configuration)
            #expect(!isWorking, "cut to \(length) bytes")
        }
        for length in Self.configuration.indices {
            let isWorking = try works(files.tokenizer, Array(Self.configuration.prefix(length)))
            #expect(!isWorking, "configuration cut to \(length) bytes")
        }
    }

    /// What careless readers break on, and what gives another file its meaning.
    private static let pieces = [
        "-1", "-", "0", "1.5", "1e308", "4194304", "9223372036854775807", "null", "true", "[]", "{}", "\"\"", "\"",
        "{", "}", "[", "]", ",", ":", " ", "▁", "Ġ", "<s>", "\\", "\\ud83d", "\\u0000", "\"id\":", "\"a\":0,",
        "\"type\":\"BPE\",", "ByteLevel", "Metaspace", "Sequence",
    ]

    @Test(.timeLimit(.minutes(5)), arguments: files, [1, 2] as [UInt64])
    func `files with random damage never trap`(_ files: Files, seed: UInt64) throws {
        var chance = ChanceForTemplates(state: seed)
        var workingCount = 0
        for round in 0..<300 {
            var (tokenizer, configuration) = (files.tokenizer, Self.configuration)
            if round % 4 == 0 { damage(&configuration, &chance) } else { damage(&tokenizer, &chance) }
            if try works(tokenizer, configuration) { workingCount += 1 }
        }
        #expect(workingCount > 0 && workingCount < 300)
    }

    private func damage(_ bytes: inout [UInt8], _ chance: inout ChanceForTemplates) {
        for _ in 0..<Int.random(in: 1...2, using: &chance) {
            guard let place = bytes.indices.randomElement(using: &chance) else { return }
            switch Int.random(in: 0..<4, using: &chance) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &chance)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &chance)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...8, using: &chance)))
            default: bytes.insert(contentsOf: (Self.pieces.randomElement(using: &chance) ?? "").utf8, at: place)
            }
        }
    }

    // MARK: - Metadata of GGUF files

    @Test(.timeLimit(.minutes(5)), arguments: [1, 2, 3] as [UInt64])
    func `metadata with random damage never trap`(seed: UInt64) throws {
        var chance = ChanceForTemplates(state: seed)
        var workingCount = 0
        for round in 0..<120 {
            var source = round % 2 == 0 ? TinyVocabulary.byteLevel() : TinyVocabulary.sentencePiece()
            for _ in 0..<Int.random(in: 1...2, using: &chance) { damage(&source, &chance) }
            if try works({ try TokenizerDefinition(gguf: source) }) { workingCount += 1 }
        }
        #expect(workingCount > 0 && workingCount < 120)
    }

    private static let ids: [Int?] = [nil, -1, 0, 2, 999, Int.max, Int.min]
    private static let types: [Int32] = [-1, 0, 1, 2, 3, 4, 5, 6, 7, Int32.max]
    private static let scores: [Float] = [.nan, .infinity, -.infinity, 0, -1]
    private static let preTokenizers: [String?] = ["gpt-2", "smollm", "llama-bpe", "qwen2", "x", nil]
    private static let flags: [Bool?] = [nil, true, false]

    private func damage(_ source: inout GGUFVocabulary, _ chance: inout ChanceForTemplates) {
        let place = Int.random(in: 0..<source.tokens.count, using: &chance)
        let id = Self.ids.randomElement(using: &chance) ?? nil
        switch Int.random(in: 0..<10, using: &chance) {
        case 0: source.tokens = damaged(source.tokens, &chance)
        case 1: if let merges = source.merges { source.merges = damaged(merges, &chance) }
        case 2: source.tokenTypes?[place] = Self.types.randomElement(using: &chance) ?? 1
        case 3: source.scores?[place] = Self.scores.randomElement(using: &chance) ?? 0
        case 4: source.beginningOfText = id
        case 5: source.endOfText = id
        case 6: source.endOfTurn = id.map { [$0] } ?? []
        case 7: source.unknown = id
        case 8: source.preTokenizer = Self.preTokenizers.randomElement(using: &chance) ?? nil
        default:
            source.addsBeginningOfText = Self.flags.randomElement(using: &chance) ?? nil
            source.addsEndOfText = Self.flags.randomElement(using: &chance) ?? nil
            source.addsSpacePrefix = Self.flags.randomElement(using: &chance) ?? nil
        }
    }

    /// The same strings but for a few.
    private func damaged(_ table: StringTable, _ chance: inout ChanceForTemplates) -> StringTable {
        var result = StringTable()
        for index in 0..<table.count {
            var bytes = Array(table[index])
            if Int.random(in: 0..<40, using: &chance) == 0 { damage(&bytes, &chance) }
            result.append(bytes)
        }
        return result
    }
}
