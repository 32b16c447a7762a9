extension JSONValue {
    /// The value as people like to read it: a member a line, two spaces a level, lists of plain values on one line.
    ///
    /// What ``init(parsing:rules:)`` reads from it is the same value again.
    public var document: String { written(indentation: "") }

    private func written(indentation: String) -> String {
        let deeper = indentation + "  "
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .integer(let value): return String(value)
        // Swift writes the shortest digits that give the same number again, in a form that JSON knows.
        case .number(let value): return value.isFinite ? "\(value)" : "null"
        case .string(let text): return text.jsonText
        case .array(let elements):
            if elements.allSatisfy(\.isPlain) {
                return "[" + elements.map { $0.written(indentation: "") }.joined(separator: ", ") + "]"
            }
            let lines = elements.map { deeper + $0.written(indentation: deeper) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(indentation)]"
        case .object(let members):
            guard !members.isEmpty else { return "{}" }
            let lines = members.map { deeper + $0.name.jsonText + ": " + $0.value.written(indentation: deeper) }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indentation)}"
        }
    }

    /// Whether it is neither list nor object.
    private var isPlain: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A list.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object with its members in the order of the literal.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { JSONMember(name: $0.0, value: $0.1) })
    }
}
