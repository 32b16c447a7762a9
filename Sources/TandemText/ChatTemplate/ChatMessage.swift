/// One message of a conversation, as a chat template sees it.
public struct ChatMessage: Sendable, Hashable {
    /// What a message says.
    public enum Content: Sendable, Hashable {
        /// Plain text.
        case text(String)
        /// Parts, such as `{"type": "text", "text": "…"}`.
        case parts([TemplateValue])
    }

    /// `system`, `user`, `assistant`, `tool`, or what else the template knows.
    public var role: String
    /// What the message says; nil, `None` to the template, for a message that only calls tools.
    public var content: Content?
    /// Everything else: `name`, `tool_calls`, `tool_call_id`, `reasoning_content`…
    public var extras: TemplateDictionary

    /// A message of text.
    public init(role: String, content: String, extras: TemplateDictionary = [:]) {
        self.init(role: role, content: .text(content), extras: extras)
    }

    /// A message of text, of parts, or without content.
    public init(role: String, content: Content?, extras: TemplateDictionary = [:]) {
        self.role = role
        self.content = content
        self.extras = extras
    }

    /// Reads a message as clients send it: a dictionary with a `role`, perhaps a `content`, and more.
    ///
    /// - Throws: ``ChatTemplateError`` with the kind `input`, where there is no role or the content is neither text,
    ///   nor a list, nor absent.
    public init(_ value: TemplateValue) throws {
        guard case .dictionary(var fields) = value else {
            throw ChatTemplateError(kind: .input, line: nil, message: "a message must be an object")
        }
        guard case .string(let role)? = fields["role"] else {
            throw ChatTemplateError(kind: .input, line: nil, message: "a message must have a role, which is text")
        }
        switch fields["content"] {
        case .string(let text)?: content = .text(text)
        case .list(let parts)?: content = .parts(parts)
        case TemplateValue.none?, nil: content = nil
        default:
            throw ChatTemplateError(
                kind: .input, line: nil, message: "a message's content must be text, a list of parts or null")
        }
        fields["role"] = nil
        fields["content"] = nil
        self.role = role
        self.extras = fields
    }

    /// The message as the template reads it: the role, the content, then the rest.
    public var templateValue: TemplateValue {
        var fields: TemplateDictionary = ["role": .string(role)]
        switch content {
        case .text(let text): fields["content"] = .string(text)
        case .parts(let parts): fields["content"] = .list(parts)
        case nil: fields["content"] = TemplateValue.none
        }
        for entry in extras.entries { fields[entry.key] = entry.value }
        return .dictionary(fields)
    }
}
