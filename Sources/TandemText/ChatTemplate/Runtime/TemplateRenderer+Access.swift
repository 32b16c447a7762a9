/// Elements, attributes and slices.
extension TemplateRenderer {
    /// `value.name`: a method or attribute where the type has one, else the element with that key.
    func attribute(_ name: String, of value: RuntimeValue) throws -> RuntimeValue {
        if let own = try ownAttribute(name, of: value) { return own }
        if case .dictionary(let dictionary) = value, let element = dictionary[name] { return element }
        return try missing("attribute '\(name)'", of: value)
    }

    /// `value[index]`: the element with that key or place, else the attribute of that name.
    func element(_ index: RuntimeValue, of value: RuntimeValue) throws -> RuntimeValue {
        if case .undefined(let reason) = value { throw failure(reason) }
        if let found = try item(index, of: value) { return found }
        if case .string(let name) = index, let own = try ownAttribute(name, of: value) { return own }
        return try missing("element \(try representation(index))", of: value)
    }

    private func missing(_ what: String, of value: RuntimeValue) throws -> RuntimeValue {
        if case .undefined(let reason) = value { throw failure(reason) }
        return .undefined("a value of the type \(value.typeName) has no \(what)")
    }

    private func item(_ index: RuntimeValue, of value: RuntimeValue) throws -> RuntimeValue? {
        if case .dictionary(let dictionary) = value {
            // Lists and dictionaries cannot be keys, hence are not found.
            if case .list = index { return nil }
            if case .dictionary = index { return nil }
            return dictionary[try key(index)]
        }
        guard var place = index.wholeNumber, let count = count(of: value), count > 0 else { return nil }
        if place < 0 { place += count }
        guard place >= 0, place < count else { return nil }
        switch value {
        case .list(let sequence), .tuple(let sequence): return sequence.elements[place]
        case .range(let range): return .int(range.element(place))
        case .string(let text):
            try charge(text: text)
            let scalars = text.unicodeScalars
            return .string(String(scalars[scalars.index(scalars.startIndex, offsetBy: place)]))
        default: return nil
        }
    }

    /// What Python's `len` says of a value that has places.
    private func count(of value: RuntimeValue) -> Int? {
        switch value {
        case .list(let sequence), .tuple(let sequence): sequence.elements.count
        case .range(let range): range.count
        case .string(let text): text.unicodeScalars.count
        default: nil
        }
    }

    /// Python's `len`.
    func length(_ value: RuntimeValue) throws -> Int {
        switch value {
        case .string(let text):
            try charge(text: text)
            return text.unicodeScalars.count
        case .dictionary(let dictionary): return dictionary.keys.count
        case .view(let sequence): return sequence.elements.count
        case .undefined: return 0
        case .loop(let loop): return try loop.count()
        default:
            guard let count = count(of: value) else {
                throw failure("a value of the type \(value.typeName) has no length")
            }
            return count
        }
    }

    private func ownAttribute(_ name: String, of value: RuntimeValue) throws -> RuntimeValue? {
        switch value {
        case .undefined(let reason): throw failure(reason)
        case .namespace(let namespace): return namespace.attributes[name]
        case .loop(let loop): return try loop.attribute(name)
        case .callable(.macro(let macro)):
            switch name {
            case "name": return .string(macro.macro.name)
            case "arguments": return try tuple(macro.macro.parameters.map { .string($0.name) })
            default: return nil
            }
        default: break
        }
        if Self.methodNames(of: value).contains(name) { return .callable(.method(value, name)) }
        if Self.changingMethodNames(of: value).contains(name) {
            return .undefined("'\(name)' would change a value of the type \(value.typeName), which templates may not")
        }
        return nil
    }

    private static func changingMethodNames(of value: RuntimeValue) -> Set<String> {
        switch value {
        case .list: ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"]
        case .dictionary: ["clear", "pop", "popitem", "setdefault", "update"]
        default: []
        }
    }

    /// All elements of a value that can be run through.
    func iterate(_ value: RuntimeValue) throws -> [RuntimeValue] {
        let elements: [RuntimeValue]
        switch value {
        case .list(let sequence), .tuple(let sequence), .view(let sequence): elements = sequence.elements
        case .dictionary(let dictionary): elements = dictionary.keys
        case .iterator(let iterator): elements = iterator.takeAll()
        case .undefined: elements = []
        case .string(let text):
            try charge(text.utf8.count)
            elements = text.unicodeScalars.map { .string(String($0)) }
        case .range(let range):
            try charge(range.count)
            elements = (0..<range.count).map { .int(range.element($0)) }
        default: throw failure("a value of the type \(value.typeName) cannot be run through")
        }
        try charge(elements.count)
        return elements
    }

    /// `value[start:end:step]`, with Python's meaning of places before the beginning and behind the end.
    func slice(
        _ value: RuntimeValue, from start: RuntimeValue, to end: RuntimeValue, by step: RuntimeValue
    ) throws -> RuntimeValue {
        if case .undefined(let reason) = value { throw failure(reason) }
        guard let count = count(of: value) else {
            throw failure("a value of the type \(value.typeName) has no slices")
        }
        func bound(_ value: RuntimeValue) throws -> (isGiven: Bool, place: Int) {
            if case .none = value { return (false, 0) }
            return (true, try wholeNumber(value, for: "[:]"))
        }
        let (hasStart, givenStart) = try bound(start)
        let (hasEnd, givenEnd) = try bound(end)
        let (hasStep, givenStep) = try bound(step)
        guard !hasStep || givenStep != 0 else { throw failure("a slice's step cannot be zero") }
        // Longer steps than this reach no further element.
        let stride = hasStep ? min(max(givenStep, -count - 1), count + 1) : 1
        func clamp(_ place: Int, lowest: Int, highest: Int) -> Int {
            min(max(place < 0 ? place + count : place, lowest), highest)
        }
        let (lowest, highest) = stride > 0 ? (0, count) : (-1, count - 1)
        let first = hasStart ? clamp(givenStart, lowest: lowest, highest: highest) : stride > 0 ? 0 : count - 1
        let last = hasEnd ? clamp(givenEnd, lowest: lowest, highest: highest) : stride > 0 ? count : -1
        let places = Array(Swift.stride(from: first, to: last, by: stride))
        try charge(places.count)
        switch value {
        case .list(let sequence): return try list(places.map { sequence.elements[$0] })
        case .tuple(let sequence): return try tuple(places.map { sequence.elements[$0] })
        case .string(let text):
            try charge(text.utf8.count / 8)
            let scalars = Array(text.unicodeScalars)
            return .string(String(places.map { scalars[$0] }))
        case .range(let range):
            // Numbers past the last one may not fit, but are only printed.
            return .range(
                ValueRange(
                    start: range.start &+ first &* range.step, end: range.start &+ last &* range.step,
                    step: range.step &* stride, count: places.count))
        default: return .none
        }
    }
}
