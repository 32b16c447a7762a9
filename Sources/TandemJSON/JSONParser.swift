extension JSONValue {
    /// The value that `bytes` spell.
    ///
    /// Reads strictly by RFC 8259, and refuses what the RFC leaves open: a byte-order mark, lone surrogates, numbers
    /// beyond all bounds, and what `rules` say.
    ///
    /// - Throws: ``JSONError`` with the place.
    public init(parsing bytes: [UInt8], rules: JSONRules = JSONRules()) throws(JSONError) {
        var parser = JSONParser(bytes: bytes, rules: rules)
        self = try parser.document()
    }
}

/// Reads a text from its beginning to its end; what is behind `position` has been understood.
struct JSONParser {
    let bytes: [UInt8]
    let rules: JSONRules
    var position = 0
    private var depth = 0
    private var valueCount = 0

    init(bytes: [UInt8], rules: JSONRules) {
        self.bytes = bytes
        self.rules = rules
    }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value()
        skipSpace()
        guard position == bytes.count else { throw failure("something follows after the value") }
        return value
    }

    func failure(_ problem: String, at place: Int? = nil) -> JSONError {
        JSONError(problem: problem, offset: place ?? position, in: bytes)
    }

    @inline(__always)
    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    @inline(__always)
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    @inline(__always)
    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        skipSpace()
        valueCount += 1
        guard valueCount <= rules.valueLimit else { throw failure("it holds more than \(rules.valueLimit) values") }
        switch current {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), (UInt8(ascii: "0")...UInt8(ascii: "9"))?: return try number()
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw failure("it ends where a value should stand")
        default: throw failure("no value begins here")
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
        guard bytes[position...].starts(with: word.utf8) else { throw failure("no value begins here") }
        position += word.utf8.count
        return value
    }

    private mutating func enter() throws(JSONError) {
        guard depth < rules.depthLimit else { throw failure("it is nested deeper than \(rules.depthLimit) levels") }
        depth += 1
        position += 1
    }

    private mutating func object() throws(JSONError) -> [JSONMember] {
        try enter()
        defer { depth -= 1 }
        var members: [JSONMember] = []
        var names = DistinctNames()
        skipSpace()
        if take("}") { return members }
        while true {
            skipSpace()
            let place = position
            guard current == UInt8(ascii: "\"") else { throw failure("a key should stand here") }
            let name = try string()
            if rules.duplicateKeys == .refused, !names.insert(name, after: members) {
                throw failure("the key \(quoted(name)) occurs twice", at: place)
            }
            skipSpace()
            guard take(":") else { throw failure("a colon should stand here") }
            members.append(JSONMember(name: name, value: try value()))
            skipSpace()
            if take("}") { return members }
            guard take(",") else { throw failure("a comma or a closing brace should stand here") }
        }
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        try enter()
        defer { depth -= 1 }
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return elements }
        while true {
            elements.append(try value())
            skipSpace()
            if take("]") { return elements }
            guard take(",") else { throw failure("a comma or a closing bracket should stand here") }
        }
    }
}

/// Tells whether a name has been there before. Most objects are small, and for those a look at each name is quickest.
private struct DistinctNames {
    private var names: Set<ExactString> = []

    private static let fewCount = 12

    /// Takes a name that follows those of `members`; `false` if it is one of them.
    mutating func insert(_ name: String, after members: [JSONMember]) -> Bool {
        let name = ExactString(name)
        if members.count < Self.fewCount { return !members.contains { ExactString($0.name) == name } }
        if members.count == Self.fewCount { names = Set(members.lazy.map { ExactString($0.name) }) }
        return names.insert(name).inserted
    }
}
