import TandemJSON

extension TemplateValue {
    /// Reads JSON text, keeping the order of keys, which a prompt must keep.
    ///
    /// Of equal keys in an object the last value counts. Whole numbers beyond 64 bits become floating-point ones.
    ///
    /// - Throws: ``ChatTemplateError`` with the kind `input`, naming the place at which the text is not JSON.
    public init(json text: String) throws {
        do {
            self.init(try JSONValue(parsing: Array(text.utf8), rules: Self.jsonRules))
        } catch {
            throw ChatTemplateError(kind: .input, line: nil, message: "JSON that cannot be read: \(error)")
        }
    }

    /// Conversations are what clients say: as in Python, whose templates these are, the last of equal keys counts.
    private static let jsonRules = JSONRules(duplicateKeys: .kept, depthLimit: 128)

    /// Takes over a value.
    private init(_ value: JSONValue) {
        switch value {
        case .null: self = .none
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .int(value)
        case .number(let value): self = .float(value)
        case .string(let text): self = .string(text)
        case .array(let elements): self = .list(elements.map { TemplateValue($0) })
        case .object(let members):
            self = .dictionary(TemplateDictionary(members.lazy.map { ($0.name, TemplateValue($0.value)) }))
        }
    }
}
