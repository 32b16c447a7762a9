/// The methods of text, lists and dictionaries.
extension TemplateRenderer {
    static func methodNames(of value: RuntimeValue) -> Set<String> {
        switch value {
        case .string: textMethodNames
        case .list, .tuple: ["index", "count", "copy"]
        case .dictionary: ["keys", "values", "items", "get", "copy"]
        default: []
        }
    }

    private static let textMethodNames: Set<String> = [
        "capitalize", "casefold", "center", "count", "endswith", "find", "format", "index", "isalnum", "isalpha",
        "isascii", "isdecimal", "isdigit", "islower", "isnumeric", "isspace", "istitle", "isupper", "join", "ljust",
        "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rjust",
        "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "upper",
        "zfill",
    ]

    func callMethod(
        _ name: String, of receiver: RuntimeValue, _ arguments: CallArguments
    ) throws -> RuntimeValue {
        switch receiver {
        case .string(let text):
            try charge(text: text)
            return try callMethod(name, of: text, arguments)
        case .list(let sequence), .tuple(let sequence):
            return try callMethod(name, of: sequence, receiver, arguments)
        case .dictionary(let dictionary): return try callMethod(name, of: dictionary, receiver, arguments)
        case .loop(let loop): return try callMethod(name, of: loop, arguments)
        default: throw failure("a value of the type \(receiver.typeName) has no method '\(name)'")
        }
    }

    private func callMethod(
        _ name: String, of sequence: ValueSequence, _ receiver: RuntimeValue, _ arguments: CallArguments
    ) throws -> RuntimeValue {
        if name == "copy" {
            _ = try arguments.bound(to: [], requiredCount: 0, callee: name, self)
            return receiver
        }
        let wanted = try arguments.bound(to: ["value"], requiredCount: 1, callee: name, self)[0] ?? .none
        var count = 0
        for (index, element) in sequence.elements.enumerated() where try isEqual(element, wanted) {
            if name == "index" { return .int(index) }
            count += 1
        }
        if name == "index" { throw failure("the value is not in the list") }
        return .int(count)
    }

    private func callMethod(
        _ name: String, of dictionary: ValueDictionary, _ receiver: RuntimeValue, _ arguments: CallArguments
    ) throws -> RuntimeValue {
        if name == "get" {
            guard arguments.named.isEmpty else { throw failure("'get' takes its arguments without names") }
            let bound = try arguments.bound(to: ["key", "default"], requiredCount: 1, callee: name, self)
            return dictionary[try key(bound[0] ?? .none)] ?? bound[1] ?? .none
        }
        _ = try arguments.bound(to: [], requiredCount: 0, callee: name, self)
        switch name {
        case "keys": return try view(dictionary.keys)
        case "values": return try view(dictionary.values)
        case "items": return try view(try pairs(of: dictionary))
        default: return receiver
        }
    }

    /// Keys and values as tuples.
    func pairs(of dictionary: ValueDictionary) throws -> [RuntimeValue] {
        try zip(dictionary.keys, dictionary.values).map { try tuple([$0, $1]) }
    }

    private func callMethod(_ name: String, of loop: LoopState, _ arguments: CallArguments) throws -> RuntimeValue {
        guard arguments.named.isEmpty else { throw failure("'loop.\(name)' takes its arguments without names") }
        if name == "cycle" {
            guard !arguments.positional.isEmpty, loop.index >= 0 else { throw failure("'loop.cycle' needs values") }
            return arguments.positional[loop.index % arguments.positional.count]
        }
        if let last = loop.lastSeen, last.count == arguments.positional.count,
            try zip(last, arguments.positional).allSatisfy({ try isEqual($0, $1) })
        {
            return .bool(false)
        }
        // Checks how deep they nest, as for any other container.
        _ = try list(arguments.positional)
        loop.lastSeen = arguments.positional
        return .bool(true)
    }
}
