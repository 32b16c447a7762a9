import TandemJSON

extension TokenizerDefinition {
    /// Makes a definition from the bytes of `tokenizer.json` and, where it exists, `tokenizer_config.json`.
    ///
    /// The first has the vocabulary, the second names the tokens that begin and end a text.
    ///
    /// - Throws: ``TokenizerError`` that names what is wrong or not supported.
    public init(tokenizerJSON: [UInt8], configurationJSON: [UInt8]? = nil) throws {
        // A token that occurs twice is told from the vocabulary, with its numbers, and at no cost.
        let root = try Self.read(tokenizerJSON, file: "tokenizer.json", duplicateKeys: .kept)
        let configuration = try configurationJSON.map {
            try Self.read($0, file: "tokenizer_config.json", duplicateKeys: .refused)
        }
        guard let model = root["model"] else {
            throw TokenizerError.invalid(place: "tokenizer.json", reason: "has no model")
        }
        try Self.checkModel(model)
        let treatment = try TextTreatment(root)
        let entries = try TokenizerFileVocabulary(root, model)
        let vocabulary = try entries.indexed(for: treatment.model)
        let merges = try Self.merges(model, vocabulary, treatment.model)
        let frame = try TextFrame(root, configuration: configuration, find: entries.find)
        var unknown: Int?
        if let name = model["unk_token"]?.text {
            unknown = entries.find(name)
            guard unknown != nil else {
                throw TokenizerError.invalid(place: "its unknown token \"\(name)\"", reason: "is not in the vocabulary")
            }
        }
        try self.init(
            model: treatment.model, vocabulary: vocabulary, merges: merges, addedTokens: entries.addedTokens,
            beginningOfText: frame.beginningOfText, endOfTextToken: frame.endOfText, unknown: unknown,
            addsBeginningOfText: frame.addsBeginningOfText, addsEndOfText: frame.addsEndOfText)
    }

    private static func read(
        _ bytes: [UInt8], file: String, duplicateKeys: JSONRules.DuplicateKeys
    ) throws -> JSONValue {
        do { return try JSONValue(parsing: bytes, rules: JSONRules(duplicateKeys: duplicateKeys)) } catch {
            throw TokenizerError.malformed(file: file, byte: error.offset, reason: "\(error)")
        }
    }

    private static func checkModel(_ model: JSONValue) throws {
        guard model["type"]?.text ?? "BPE" == "BPE" else {
            throw TokenizerError.unsupported(what: "model", name: model.type, supported: ["BPE"])
        }
        for name in ["continuing_subword_prefix", "end_of_word_suffix"] where !(model[name]?.text ?? "").isEmpty {
            throw TokenizerError.unsupported(what: name, name: model[name]?.text ?? "", supported: ["none"])
        }
        guard model["dropout"]?.number ?? 0 == 0 else {
            throw TokenizerError.invalid(
                place: "its model", reason: "has a dropout, which makes tokens a matter of chance; set it to null")
        }
    }

    private static func merges(_ model: JSONValue, _ vocabulary: IndexedVocabulary, _ kind: Model) throws -> [Merge] {
        guard let list = model["merges"]?.elements else {
            throw TokenizerError.invalid(place: "tokenizer.json", reason: "has no list of merges")
        }
        // Two entries for each merge.
        var halves = StringTable()
        halves.reserveCapacity(count: list.count * 2, byteCount: list.count * 8)
        for (number, node) in list.enumerated() {
            if let text = node.text {
                let parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
                for part in parts { halves.append(part) }
            } else {
                for part in node.elements ?? [] { halves.append((part.text ?? "").utf8) }
            }
            guard halves.count == 2 * number + 2 else {
                throw TokenizerError.invalid(
                    place: "its merge \(number)", reason: "is not two tokens with one space between them")
            }
        }
        return try vocabulary.resolveMerges(
            count: list.count, text: halves.bytes,
            halves: { (halves.range(2 * $0), halves.range(2 * $0 + 1)) },
            decode: { text, range, result in
                switch kind {
                case .byteLevel: return ByteAlphabet.decode(text, range, into: &result)
                case .sentencePiece:
                    SpaceSymbol.decode(text[range], into: &result)
                    return true
                }
            })
    }
}
