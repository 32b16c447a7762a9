import TandemJSON

/// The tokens that a tokenizer puts around every text, from `tokenizer.json`'s post-processor and
/// `tokenizer_config.json`.
struct TextFrame {
    private(set) var beginningOfText: Int?
    private(set) var endOfText: Int?
    private(set) var addsBeginningOfText = false
    private(set) var addsEndOfText = false

    /// Reads both.
    ///
    /// - Parameter find: The number of the token with a text.
    init(_ root: JSONValue, configuration: JSONValue?, find: (String) -> Int?) throws {
        for processor in JSONValue.flatten(root["post_processor"], "processors") {
            switch processor.type {
            case "ByteLevel": break
            case "TemplateProcessing": try read(template: processor, find)
            default:
                throw TokenizerError.unsupported(
                    what: "post-processor", name: processor.type, supported: ["ByteLevel", "TemplateProcessing"])
            }
        }
        guard let configuration else { return }
        func token(_ name: String) throws -> Int? {
            guard let node = configuration[name], let text = node.text ?? node["content"]?.text else { return nil }
            guard let id = find(text) else {
                throw TokenizerError.invalid(
                    place: "tokenizer_config.json's \(name)", reason: "is \"\(text)\", which is no token")
            }
            return id
        }
        // The post-processor says what is done; the configuration adds names and may overrule it.
        beginningOfText = try beginningOfText ?? token("bos_token")
        endOfText = try token("eos_token") ?? endOfText
        addsBeginningOfText = configuration["add_bos_token"]?.bool ?? addsBeginningOfText
        addsEndOfText = configuration["add_eos_token"]?.bool ?? addsEndOfText
    }

    /// A template like `<s> $A </s>`.
    private mutating func read(template: JSONValue, _ find: (String) -> Int?) throws {
        var isBeforeText = true
        for item in template["single"]?.elements ?? [] {
            if item["Sequence"] != nil {
                isBeforeText = false
                continue
            }
            guard let name = item["SpecialToken"]?["id"]?.text,
                let id = template["special_tokens"]?[name]?["ids"]?.elements?.first?.integer ?? find(name)
            else {
                throw TokenizerError.invalid(
                    place: "its post-processor", reason: "names a special token that does not exist")
            }
            guard isBeforeText ? !addsBeginningOfText : !addsEndOfText else {
                throw TokenizerError.unsupported(
                    what: "post-processor", name: "with several tokens on one side of the text",
                    supported: ["one token before the text", "one token after it"])
            }
            if isBeforeText {
                (beginningOfText, addsBeginningOfText) = (id, true)
            } else {
                (endOfText, addsEndOfText) = (id, true)
            }
        }
    }
}
