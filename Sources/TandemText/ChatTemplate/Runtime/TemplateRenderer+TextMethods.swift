/// The methods of text, by code points as in Python.
extension TemplateRenderer {
    func callMethod(_ name: String, of text: String, _ arguments: CallArguments) throws -> RuntimeValue {
        switch name {
        case "split", "rsplit": return try split(text, arguments, name)
        case "replace":
            let bound = try arguments.bound(to: ["old", "new", "count"], requiredCount: 2, callee: name, self)
            let old = try string(bound[0], for: name)
            return .string(try replace(old, in: text, with: try string(bound[1], for: name), limit: bound[2]))
        case "join":
            let bound = try arguments.bound(to: ["iterable"], requiredCount: 1, callee: name, self)
            let pieces = try iterate(bound[0] ?? .none).map { try string($0, for: name) }
            return .string(try join(pieces, separator: text))
        case "format": return .string(try format(text, arguments))
        case "startswith", "endswith":
            return .bool(try matchesEdge(of: text, arguments, isStart: name == "startswith"))
        case "find", "rfind", "index", "rindex", "count": return try search(text, arguments, name)
        default: break
        }
        let takesSecond = ["center", "ljust", "rjust"].contains(name)
        let bound = try arguments.bound(
            to: takesSecond ? ["width", "filler"] : ["argument"], requiredCount: 0, callee: name, self)
        guard arguments.named.isEmpty else {
            throw failure("'\(name)' takes its arguments without names")
        }
        switch name {
        case "strip", "lstrip", "rstrip":
            let unwanted: String? =
                if let given = bound[0] {
                    if case .none = given { nil } else { try string(given, for: name) }
                } else { nil }
            return .string(text.stripped(of: unwanted, left: name != "rstrip", right: name != "lstrip"))
        case "removeprefix":
            let prefix = try string(bound[0], for: name)
            guard text.hasExactPrefix(prefix) else { return .string(text) }
            return .string(String(text.unicodeScalars.dropFirst(prefix.unicodeScalars.count)))
        case "removesuffix":
            let suffix = try string(bound[0], for: name)
            guard text.hasExactSuffix(suffix) else { return .string(text) }
            return .string(String(text.unicodeScalars.dropLast(suffix.unicodeScalars.count)))
        case "partition", "rpartition": return try partition(text, by: try string(bound[0], for: name), name)
        case "center", "ljust", "rjust", "zfill":
            return .string(try pad(text, bound[0], filler: takesSecond ? bound[1] : nil, name))
        default: break
        }
        guard arguments.positional.isEmpty, arguments.named.isEmpty else {
            throw failure("'\(name)' takes no arguments")
        }
        switch name {
        case "upper": return .string(text.pythonUppercased)
        case "lower", "casefold": return .string(text.pythonLowercased)
        case "capitalize": return .string(text.pythonCapitalized)
        case "title": return .string(text.pythonTitled)
        case "swapcase":
            return .string(
                text.unicodeScalars.map { scalar in
                    scalar.properties.isUppercase
                        ? scalar.properties.lowercaseMapping : scalar.properties.uppercaseMapping
                }.joined())
        case "splitlines": return try list(text.pythonLines.map(RuntimeValue.string))
        default: return .bool(has(text, property: name))
        }
    }

    private func has(_ text: String, property name: String) -> Bool {
        let scalars = text.unicodeScalars
        let cased = scalars.filter { $0.properties.isCased }
        switch name {
        case "isascii": return scalars.allSatisfy(\.isASCII)
        case "islower": return !cased.isEmpty && !cased.contains { !$0.properties.isLowercase }
        case "isupper": return !cased.isEmpty && !cased.contains { !$0.properties.isUppercase }
        case "istitle": return !cased.isEmpty && text.pythonTitled.utf8.elementsEqual(text.utf8)
        default: break
        }
        let isWanted: (Unicode.Scalar) -> Bool =
            switch name {
            case "isspace": \.isPythonSpace
            case "isalpha": \.isPythonLetter
            case "isdecimal": { $0.properties.numericType == .decimal }
            case "isdigit": { [.decimal, .digit].contains($0.properties.numericType) }
            case "isnumeric": { $0.properties.numericType != nil }
            default: { $0.isPythonLetter || $0.properties.numericType != nil }
            }
        return !scalars.isEmpty && scalars.allSatisfy(isWanted)
    }

    /// The text that a method or filter was given.
    func string(_ value: RuntimeValue?, for name: String) throws -> String {
        guard let value else { throw failure("'\(name)' needs an argument") }
        guard case .string(let text) = value else {
            if case .undefined(let reason) = value { throw failure(reason) }
            throw failure("'\(name)' needs text, not \(value.typeName)")
        }
        try charge(text: text)
        return text
    }

    /// The whole number that a method or filter was given.
    func wholeNumber(_ value: RuntimeValue?, or fallback: Int? = nil, for name: String) throws -> Int {
        guard let value else {
            guard let fallback else { throw failure("'\(name)' needs a number") }
            return fallback
        }
        guard let number = value.wholeNumber else {
            throw failure("'\(name)' needs a whole number, not \(value.typeName)")
        }
        return number
    }

    func join(_ pieces: [String], separator: String) throws -> String {
        var result = ""
        for (index, piece) in pieces.enumerated() {
            if index > 0 { try append(separator, to: &result) }
            try append(piece, to: &result)
        }
        return result
    }

    func replace(_ old: String, in text: String, with new: String, limit: RuntimeValue?) throws -> String {
        var count = try wholeNumber(limit, or: -1, for: "replace")
        if count < 0 { count = .max }
        guard old.isEmpty else { return try join(text.pieces(separatedBy: old, limit: count), separator: new) }
        // Between all code points, and at both ends.
        let scalars = text.unicodeScalars
        var result = ""
        for scalar in scalars {
            if count > 0 { try append(new, to: &result) }
            count -= count > 0 ? 1 : 0
            result.unicodeScalars.append(scalar)
        }
        if count > 0 { try append(new, to: &result) }
        return result
    }

    private func split(_ text: String, _ arguments: CallArguments, _ name: String) throws -> RuntimeValue {
        let bound = try arguments.bound(to: ["sep", "maxsplit"], requiredCount: 0, callee: name, self)
        let given = try wholeNumber(bound[1], or: -1, for: name)
        let limit = given < 0 ? Int.max : given
        let isFromRight = name == "rsplit"
        var separator: String?
        if let value = bound[0] {
            if case .none = value { separator = nil } else { separator = try string(value, for: name) }
        }
        guard let separator else {
            return try list(Self.words(of: text, limit: limit, isFromRight: isFromRight).map(RuntimeValue.string))
        }
        guard !separator.isEmpty else { throw failure("text cannot be split by empty text") }
        guard isFromRight else {
            return try list(text.pieces(separatedBy: separator, limit: limit).map(RuntimeValue.string))
        }
        // From the right, overlaps are settled from the right too: split the mirror image.
        let mirrored = String(text.unicodeScalars.reversed())
            .pieces(separatedBy: String(separator.unicodeScalars.reversed()), limit: limit)
        return try list(mirrored.reversed().map { .string(String($0.unicodeScalars.reversed())) })
    }

    /// The runs of what is not space.
    private static func words(of text: String, limit: Int, isFromRight: Bool) -> [String] {
        var rest = Array(isFromRight ? Array(text.unicodeScalars.reversed()) : Array(text.unicodeScalars))[...]
        var words: [String] = []
        while true {
            rest = rest.drop(while: \.isPythonSpace)
            if rest.isEmpty { break }
            let word: ArraySlice<Unicode.Scalar>
            if words.count == limit {
                // The last piece keeps the space at its far end.
                word = rest
                rest = []
            } else {
                word = rest.prefix { !$0.isPythonSpace }
                rest = rest.dropFirst(word.count)
            }
            words.append(isFromRight ? String(word.reversed()) : String(word))
        }
        return isFromRight ? words.reversed() : words
    }

    private func matchesEdge(of text: String, _ arguments: CallArguments, isStart: Bool) throws -> Bool {
        let name = isStart ? "startswith" : "endswith"
        guard arguments.named.isEmpty else { throw failure("'\(name)' takes its arguments without names") }
        let bound = try arguments.bound(to: ["text", "start", "end"], requiredCount: 1, callee: name, self)
        let part = try slice(.string(text), from: bound[1] ?? .none, to: bound[2] ?? .none, by: .none)
        let candidates: [RuntimeValue] =
            if case .tuple(let all)? = bound[0] { all.elements } else { [bound[0] ?? .none] }
        return try candidates.contains { candidate in
            let edge = try string(candidate, for: name)
            let whole = try string(part, for: name)
            return isStart ? whole.hasExactPrefix(edge) : whole.hasExactSuffix(edge)
        }
    }

    private func search(_ text: String, _ arguments: CallArguments, _ name: String) throws -> RuntimeValue {
        guard arguments.named.isEmpty else { throw failure("'\(name)' takes its arguments without names") }
        let bound = try arguments.bound(to: ["text", "start", "end"], requiredCount: 1, callee: name, self)
        let needle = Array(try string(bound[0], for: name).unicodeScalars)
        let whole = Array(text.unicodeScalars)
        func place(_ value: RuntimeValue?, or fallback: Int) throws -> Int {
            if case RuntimeValue.none? = value { return fallback }
            let given = try wholeNumber(value, or: fallback, for: name)
            // Nothing begins behind the end, however far behind.
            return given < 0 ? max(0, given + whole.count) : min(given, whole.count + 1)
        }
        let start = try place(bound[1], or: 0)
        let end = min(try place(bound[2], or: whole.count), whole.count)
        var (first, last): (Int?, Int?) = (nil, nil)
        var count = 0
        if start <= end {
            try charge((end - start + needle.count) / 8)
            // Counting knows no overlaps; a search from the right must see them.
            whole[start..<end].visitPlaces(of: needle, seesOverlaps: name != "count") { place in
                first = first ?? place
                last = place
                count += 1
                return name != "find" && name != "index"
            }
        }
        switch name {
        case "count": return .int(count)
        case "find": return .int(first ?? -1)
        case "rfind": return .int(last ?? -1)
        default:
            guard let place = name == "index" ? first : last else {
                throw failure("'\(name)' did not find the text")
            }
            return .int(place)
        }
    }

    private func partition(_ text: String, by separator: String, _ name: String) throws -> RuntimeValue {
        guard !separator.isEmpty else { throw failure("text cannot be split by empty text") }
        let isFromRight = name == "rpartition"
        guard
            case .list(let halves) = try split(
                text, CallArguments(positional: [.string(separator), .int(1)]), isFromRight ? "rsplit" : "split")
        else { return .none }
        if halves.elements.count == 2 {
            return try tuple([halves.elements[0], .string(separator), halves.elements[1]])
        }
        return try tuple(
            isFromRight ? [.string(""), .string(""), .string(text)] : [.string(text), .string(""), .string("")])
    }

    func pad(_ text: String, _ width: RuntimeValue?, filler: RuntimeValue?, _ name: String) throws -> String {
        let width = try wholeNumber(width, for: name)
        let filler = name == "zfill" ? "0" : try filler.map { try string($0, for: name) } ?? " "
        guard filler.unicodeScalars.count == 1 else { throw failure("'\(name)' fills with one character") }
        let count = text.unicodeScalars.count
        guard width > count else { return text }
        try check(byteCount: (width - count).multipliedReportingOverflow(by: filler.utf8.count))
        try check(byteCount: (width.addingReportingOverflow(text.utf8.count)))
        func fill(_ count: Int) -> String { String(repeating: filler, count: count) }
        let missing = width - count
        switch name {
        case "ljust": return text + fill(missing)
        case "rjust": return fill(missing) + text
        case "center":
            // Where the room is odd, Python gives the odd one to the left if the width is odd.
            let left = missing / 2 + (missing & width & 1)
            return fill(left) + text + fill(missing - left)
        default:
            guard let sign = text.unicodeScalars.first, sign == "-" || sign == "+" else { return fill(missing) + text }
            return String(sign) + fill(missing) + String(text.unicodeScalars.dropFirst())
        }
    }
}
