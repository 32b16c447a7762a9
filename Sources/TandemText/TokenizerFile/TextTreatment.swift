import TandemJSON

/// What a `tokenizer.json` does with text before merging and after decoding, recognised by structure.
///
/// Such files describe a pipeline of small parts. Here the pipelines of the supported families are known as wholes; any
/// other is refused rather than approximated.
struct TextTreatment {
    /// The kind of model, and its rules.
    let model: TokenizerDefinition.Model

    init(_ root: JSONValue) throws {
        let normalizers = JSONValue.flatten(root["normalizer"], "normalizers")
        let preTokenizers = JSONValue.flatten(root["pre_tokenizer"], "pretokenizers")
        let model = root["model"]
        if preTokenizers.contains(where: { $0.type == "ByteLevel" }) {
            self.model = .byteLevel(try Self.byteLevel(normalizers, preTokenizers, model))
        } else {
            let decoders = JSONValue.flatten(root["decoder"], "decoders")
            self.model = .sentencePiece(try Self.sentencePiece(normalizers, preTokenizers, decoders, model))
        }
    }

    // MARK: - Byte level

    private static func byteLevel(
        _ normalizers: [JSONValue], _ parts: [JSONValue], _ model: JSONValue?
    ) throws -> ByteLevelRules {
        let composes = normalizers.map(\.type) == ["NFC"]
        guard composes || normalizers.isEmpty else {
            throw TokenizerError.unsupported(
                what: "normalizer", name: normalizers.map(\.type).joined(separator: " + "), supported: ["none", "NFC"])
        }
        let byteLevel = parts.last
        let usesPattern = byteLevel?["use_regex"]?.bool ?? true
        let addsPrefixSpace = byteLevel?["add_prefix_space"]?.bool ?? true
        let preTokenizer: PreTokenizer
        switch parts.map(\.type) {
        case ["ByteLevel"] where usesPattern:
            preTokenizer = .gpt2
        case ["Digits", "ByteLevel"]
        where usesPattern && !addsPrefixSpace && parts[0]["individual_digits"]?.bool == true:
            preTokenizer = .smolLM
        case ["Split", "ByteLevel"] where !usesPattern && !addsPrefixSpace:
            preTokenizer = try split(parts[0])
        default:
            throw TokenizerError.unsupported(
                what: "pre-tokenizer", name: parts.map(\.type).joined(separator: " + "),
                supported: ["ByteLevel", "Digits (individual) + ByteLevel", "Split + ByteLevel", "Metaspace"])
        }
        return ByteLevelRules(
            preTokenizer: preTokenizer, addsPrefixSpace: addsPrefixSpace,
            ignoresMerges: model?["ignore_merges"]?.bool ?? false, composesCharacters: composes)
    }

    /// The pre-tokenizer whose pattern a `Split` cuts by. All patterns match every character, so that keeping the matches
    /// and keeping what is around them come to the same.
    private static func split(_ part: JSONValue) throws -> PreTokenizer {
        let pattern = part["pattern"]?["Regex"]?.text ?? "that is no regular expression"
        let inverts = part["invert"]?.bool ?? false
        let behavior = part["behavior"]?.text ?? "unnamed"
        guard behavior == "Isolated" || behavior == "Removed" && inverts else {
            throw TokenizerError.unsupported(
                what: "split behavior", name: behavior, supported: ["Isolated", "Removed with invert"])
        }
        for (known, preTokenizer) in [
            (PreTokenizerPattern.llama3, PreTokenizer.llama3), (PreTokenizerPattern.qwen2, .qwen2),
            (PreTokenizerPattern.gpt2, .gpt2),
        ] where known == pattern {
            return preTokenizer
        }
        throw TokenizerError.unsupported(
            what: "split pattern", name: pattern,
            supported: [PreTokenizerPattern.llama3, PreTokenizerPattern.qwen2, PreTokenizerPattern.gpt2])
    }

    // MARK: - SentencePiece

    private static func sentencePiece(
        _ normalizers: [JSONValue], _ parts: [JSONValue], _ decoders: [JSONValue], _ model: JSONValue?
    ) throws -> SentencePieceRules {
        var prefix = SentencePieceRules.PrefixSpace.never
        var marksSpaces = false
        for normalizer in normalizers {
            switch normalizer.type {
            case "Prepend" where normalizer["prepend"]?.text == SpaceSymbol.text && !marksSpaces:
                prefix = .always
            case "Replace"
            where normalizer["pattern"]?["String"]?.text == " " && normalizer["content"]?.text == SpaceSymbol.text:
                marksSpaces = true
            default:
                throw TokenizerError.unsupported(
                    what: "normalizer", name: normalizers.map(\.type).joined(separator: " + "),
                    supported: ["Prepend \(SpaceSymbol.text)", "Replace space by \(SpaceSymbol.text)"])
            }
        }
        var splits = false
        switch parts.map(\.type) {
        case []: break
        case ["Metaspace"]:
            guard parts[0]["replacement"]?.text ?? SpaceSymbol.text == SpaceSymbol.text else { fallthrough }
            marksSpaces = true
            if prefix == .never { prefix = metaspacePrefix(parts[0]) }
            splits = parts[0]["split"]?.bool ?? true
        default:
            throw TokenizerError.unsupported(
                what: "pre-tokenizer", name: parts.map(\.type).joined(separator: " + "),
                supported: ["ByteLevel", "Digits (individual) + ByteLevel", "Split + ByteLevel", "Metaspace"])
        }
        guard marksSpaces else {
            throw TokenizerError.unsupported(
                what: "treatment of spaces", name: "none",
                supported: ["a ByteLevel pre-tokenizer", "a Metaspace pre-tokenizer", "a Replace normalizer"])
        }
        return SentencePieceRules(
            prefixSpace: prefix, splitsAtEverySpace: splits,
            fallsBackToBytes: model?["byte_fallback"]?.bool ?? false,
            fusesUnknown: model?["fuse_unk"]?.bool ?? false,
            dropsLeadingSpace: decoders.isEmpty ? prefix != .never : dropsLeadingSpace(decoders))
    }

    private static func metaspacePrefix(_ part: JSONValue) -> SentencePieceRules.PrefixSpace {
        if part["add_prefix_space"]?.bool == false { return .never }
        switch part["prepend_scheme"]?.text {
        case "never": return .never
        case "first": return .firstUnlessPresent
        default: return .alwaysUnlessPresent
        }
    }

    private static func dropsLeadingSpace(_ decoders: [JSONValue]) -> Bool {
        decoders.contains { decoder in
            switch decoder.type {
            case "Strip": decoder["content"]?.text == " " && (decoder["start"]?.integer ?? 0) > 0
            case "Metaspace": metaspacePrefix(decoder) != .never
            default: false
            }
        }
    }
}
