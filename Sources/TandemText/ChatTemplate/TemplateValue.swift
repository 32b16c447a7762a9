import TandemJSON

/// A value that a chat template can read: what JSON can say, with the order of keys kept and whole numbers told from
/// others.
public enum TemplateValue: Sendable, Hashable {
    /// JSON's `null`, Python's `None`.
    case none
    /// A truth value.
    case bool(Bool)
    /// A whole number.
    case int(Int)
    /// A number with a fraction.
    case float(Double)
    /// Text.
    case string(String)
    /// A list.
    case list([TemplateValue])
    /// A dictionary that keeps the order of its keys.
    case dictionary(TemplateDictionary)
}

/// Keys with values, in the order in which they were given. Keys are the same when all their code points are, as in
/// JSON and Python.
public struct TemplateDictionary: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// A key with its value.
    public struct Entry: Sendable, Hashable {
        /// The key.
        public let key: String
        /// The value.
        public var value: TemplateValue

        /// Pairs a key with a value.
        public init(key: String, value: TemplateValue) {
            self.key = key
            self.value = value
        }
    }

    /// All keys with their values, in order.
    public private(set) var entries: [Entry] = []
    private var positions: [ExactString: Int] = [:]

    /// An empty dictionary.
    public init() {}

    /// Takes keys with values; of equal keys the last value counts, in the first one's place.
    public init(_ pairs: some Sequence<(String, TemplateValue)>) {
        for (key, value) in pairs { self[key] = value }
    }

    /// Takes keys with values; of equal keys the last value counts, in the first one's place.
    public init(dictionaryLiteral elements: (String, TemplateValue)...) { self.init(elements) }

    /// The value of a key; nil where it is absent. Setting nil removes the key.
    public subscript(key: String) -> TemplateValue? {
        get { positions[ExactString(key)].map { entries[$0].value } }
        set {
            let exact = ExactString(key)
            switch (positions[exact], newValue) {
            case (let position?, let value?): entries[position].value = value
            case (nil, let value?):
                positions[exact] = entries.count
                entries.append(Entry(key: key, value: value))
            case (let position?, nil):
                entries.remove(at: position)
                positions = [:]
                for (index, entry) in entries.enumerated() { positions[ExactString(entry.key)] = index }
            case (nil, nil): break
            }
        }
    }
}

extension TemplateValue {
    /// The value of a key, where this is a dictionary that has it.
    public subscript(key: String) -> TemplateValue? {
        if case .dictionary(let entries) = self { entries[key] } else { nil }
    }

    /// The text, where this is text.
    public var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The elements, where this is a list.
    public var elements: [TemplateValue]? {
        if case .list(let elements) = self { elements } else { nil }
    }
}

extension TemplateValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    /// Text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .int(value) }
    /// A number with a fraction.
    public init(floatLiteral value: Double) { self = .float(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A list.
    public init(arrayLiteral elements: TemplateValue...) { self = .list(elements) }
    /// A dictionary.
    public init(dictionaryLiteral elements: (String, TemplateValue)...) {
        self = .dictionary(TemplateDictionary(elements))
    }
    /// Nothing.
    public init(nilLiteral: ()) { self = .none }
}
