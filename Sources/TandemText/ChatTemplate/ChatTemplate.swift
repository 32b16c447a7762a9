/// The text that a model's file gives for turning a conversation into a prompt, in the Jinja language.
///
///     let template = try ChatTemplate(source)
///     let prompt = try template.render(messages: [ChatMessage(role: "user", content: "Hello")])
///
/// The template is read once and can then be rendered from any number of tasks. It means what Jinja2's
/// `ImmutableSandboxedEnvironment` makes of it as Hugging Face's libraries set that up: blocks trimmed, `break` and
/// `continue`, `tojson` without escapes and in the order of keys, `raise_exception`, `strftime_now`.
public struct ChatTemplate: Sendable {
    /// The template's text.
    public let source: String
    /// Bounds on reading and rendering.
    public let limits: Limits
    let body: [TemplateStatement]

    /// Reads a template.
    ///
    /// - Throws: ``ChatTemplateError`` that names the line where the text is not a template.
    public init(_ source: String, limits: Limits = Limits()) throws {
        self.source = source
        self.limits = limits
        guard source.utf8.count <= limits.sourceByteCount else {
            throw ChatTemplateError(
                kind: .limit, line: nil,
                message: "the template has \(source.utf8.count) bytes; at most \(limits.sourceByteCount) are read")
        }
        var lexer = TemplateLexer(source)
        var parser = TemplateParser(tokens: try lexer.tokens(), limits: limits)
        body = try parser.template()
    }

    /// Everything that a template can read.
    public struct Input: Sendable {
        /// The conversation.
        public var messages: [ChatMessage]
        /// Whether the prompt ends with the beginning of the assistant's answer.
        public var addsGenerationPrompt = true
        /// Descriptions of the functions that the model may call; nil for none.
        public var tools: [TemplateValue]?
        /// Documents for templates that ground answers in them; nil for none.
        public var documents: [TemplateValue]?
        /// The text of the token that begins a sequence; nil where the model has none.
        public var beginningOfText: String?
        /// The text of the token that ends a sequence; nil where the model has none.
        public var endOfText: String?
        /// Further variables, such as `enable_thinking`. They win over those above.
        public var extra: TemplateDictionary = [:]
        /// What `strftime_now` tells; nil leaves that function undefined, and templates fall back on a fixed date.
        public var now: CalendarMoment?

        /// A conversation without anything else.
        public init(messages: [ChatMessage]) { self.messages = messages }
    }

    /// Renders a conversation.
    ///
    /// - Throws: ``ChatTemplateError``; of the kind `refused` where the template calls `raise_exception`.
    public func render(_ input: Input) throws -> String {
        var variables: TemplateDictionary = [
            "messages": .list(input.messages.map(\.templateValue)),
            "tools": input.tools.map(TemplateValue.list) ?? TemplateValue.none,
            "documents": input.documents.map(TemplateValue.list) ?? TemplateValue.none,
            "add_generation_prompt": .bool(input.addsGenerationPrompt),
        ]
        if let text = input.beginningOfText { variables["bos_token"] = .string(text) }
        if let text = input.endOfText { variables["eos_token"] = .string(text) }
        for entry in input.extra.entries { variables[entry.key] = entry.value }
        return try render(variables: variables, now: input.now)
    }

    /// Renders a conversation.
    ///
    /// - Throws: ``ChatTemplateError``; of the kind `refused` where the template calls `raise_exception`.
    public func render(
        messages: [ChatMessage], addsGenerationPrompt: Bool = true, tools: [TemplateValue]? = nil,
        beginningOfText: String? = nil, endOfText: String? = nil, extra: TemplateDictionary = [:],
        now: CalendarMoment? = nil
    ) throws -> String {
        var input = Input(messages: messages)
        input.addsGenerationPrompt = addsGenerationPrompt
        input.tools = tools
        input.beginningOfText = beginningOfText
        input.endOfText = endOfText
        input.extra = extra
        input.now = now
        return try render(input)
    }

    /// Renders with exactly these variables.
    func render(variables: TemplateDictionary, now: CalendarMoment?) throws -> String {
        try TemplateRenderer(limits: limits, now: now).render(body, variables: variables)
    }
}
