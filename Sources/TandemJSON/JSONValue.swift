/// A JSON value as it stands in a file: whole numbers keep all their digits, objects the order of their members.
///
///     let value = try JSONValue(parsing: Array(#"{"layers": 30, "tied": true}"#.utf8))
///     value["layers"]?.integer   // 30
///     value["heads"]             // nil
///
/// Foundation's readers make dictionaries, which lose the order and let one of two equal keys silently vanish, so that two
/// programs can see two different files in one; and they take most of a second for a vocabulary of 150,000 tokens.
public enum JSONValue: Sendable, Equatable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number that is written without a fraction and an exponent, and that 64 bits hold.
    case integer(Int)
    /// Any other number. It is finite.
    case number(Double)
    /// A text.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// Names with values, in order.
    case object([JSONMember])

    /// The value of the member called `name`, code point for code point; `nil` if this is no object, has no such member,
    /// or has `null` there. Looks through the members one by one.
    public subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self,
            let value = members.first(where: { $0.name.utf8.elementsEqual(name.utf8) })?.value
        else { return nil }
        if case .null = value { return nil }
        return value
    }

    /// The elements, if this is an array.
    public var elements: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members, if this is an object.
    public var members: [JSONMember]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The text, if this is a string.
    public var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The truth value, if this is one.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The number, if it is a whole one; also where it is written as 4096.0.
    public var integer: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The number, if this is one.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// What kind of value this is, for messages.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a truth value"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// A name and a value in an object.
public struct JSONMember: Sendable, Equatable {
    /// The name.
    public let name: String
    /// The value.
    public let value: JSONValue

    /// Pairs a name with a value.
    public init(name: String, value: JSONValue) {
        self.name = name
        self.value = value
    }
}
