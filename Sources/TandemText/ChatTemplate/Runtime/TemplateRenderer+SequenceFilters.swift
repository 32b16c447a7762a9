/// Filters of lists and whatever else can be run through.
extension TemplateRenderer {
    static let sequenceFilterNames: Set<String> = [
        "list", "first", "last", "join", "reverse", "unique", "sort", "min", "max", "sum", "map", "select", "reject",
        "selectattr", "rejectattr", "batch", "slice",
    ]

    func applySequenceFilter(
        _ name: String, to value: RuntimeValue, _ arguments: CallArguments
    ) throws -> RuntimeValue {
        func bound(_ names: [String], _ requiredCount: Int = 0) throws -> [RuntimeValue?] {
            try arguments.bound(to: names, requiredCount: requiredCount, callee: name, self)
        }
        switch name {
        case "list":
            _ = try bound([])
            return try list(try iterate(value))
        case "first":
            _ = try bound([])
            return try first(of: value)
        case "last":
            _ = try bound([])
            return try iterateBackwards(value).first ?? .undefined("the sequence is empty")
        case "join":
            let bound = try bound(["d", "attribute"])
            let separator = try bound[0].map { try text($0) } ?? ""
            let pieces = try iterate(value).map { try text(try path(bound[1], of: $0)) }
            return .string(try join(pieces, separator: separator))
        case "reverse":
            _ = try bound([])
            return try reversed(value)
        case "unique": return try unique(value, try bound(["case_sensitive", "attribute"]))
        case "sort":
            let bound = try bound(["reverse", "case_sensitive", "attribute"])
            let ranked = try iterate(value).map { ($0, try ranks(of: $0, by: bound[2])) }
            return try list(
                try sorted(ranked, isCaseSensitive: bound[1]?.isTrue == true, isReversed: bound[0]?.isTrue == true))
        case "min", "max":
            return try extreme(of: value, isMaximum: name == "max", try bound(["case_sensitive", "attribute"]))
        case "sum":
            let bound = try bound(["attribute", "start"])
            var sum = bound[1] ?? .int(0)
            if case .string = sum { throw failure("'sum' cannot add text") }
            for element in try iterate(value) { sum = try calculate(.add, sum, try path(bound[0], of: element)) }
            return sum
        case "map": return try iterator(try mapped(value, arguments))
        case "batch", "slice":
            let bound = try bound([name == "batch" ? "linecount" : "slices", "fill_with"], 1)
            let count = try wholeNumber(bound[0], for: name)
            var filler = bound[1]
            if case RuntimeValue.none? = filler { filler = nil }
            let elements = try iterate(value)
            let parts = try name == "batch" ? batches(elements, count, filler) : slices(elements, count, filler)
            return try iterator(try parts.map(list))
        default: return try iterator(try selected(name, value, arguments))
        }
    }

    private func first(of value: RuntimeValue) throws -> RuntimeValue {
        if case .iterator(let iterator) = value { return iterator.takeFirst() ?? .undefined("the sequence is empty") }
        return try iterate(value).first ?? .undefined("the sequence is empty")
    }

    /// Python's `reversed`, which wants a length.
    private func iterateBackwards(_ value: RuntimeValue) throws -> [RuntimeValue] {
        if case .iterator = value { throw failure("a generator cannot be run through backwards") }
        return try iterate(value).reversed()
    }

    private func reversed(_ value: RuntimeValue) throws -> RuntimeValue {
        switch value {
        case .string(let text):
            try charge(text: text)
            return .string(String(text.unicodeScalars.reversed()))
        case .iterator: return try list(try iterate(value).reversed())
        default: return try iterator(try iterate(value).reversed())
        }
    }

    // MARK: Attributes by path

    /// The element that `attribute` names, such as `function.name` or `0.role`; the value itself without one.
    private func path(_ attribute: RuntimeValue?, of value: RuntimeValue, fallback: RuntimeValue? = nil) throws
        -> RuntimeValue
    {
        switch attribute {
        case nil, RuntimeValue.none?: return value
        case .string(let path)?:
            var value = value
            for part in path.pieces(separatedBy: ".") {
                let isNumber = !part.isEmpty && part.unicodeScalars.allSatisfy(\.isDecimalDigit)
                value = try element(isNumber ? Int(part).map(RuntimeValue.int) ?? .none : .string(part), of: value)
                if value.isUndefined, let fallback { value = fallback }
            }
            return value
        case let index?:
            let found = try element(index, of: value)
            return found.isUndefined ? fallback ?? found : found
        }
    }

    private func ranks(of value: RuntimeValue, by attribute: RuntimeValue?) throws -> [RuntimeValue] {
        guard case .string(let paths)? = attribute else { return [try path(attribute, of: value)] }
        return try paths.pieces(separatedBy: ",").map { try path(.string($0), of: value) }
    }

    // MARK: Order

    private func caseless(_ value: RuntimeValue, _ isCaseSensitive: Bool) throws -> RuntimeValue {
        guard case .string(let text) = value, !isCaseSensitive else { return value }
        try charge(text: text)
        return .string(text.pythonLowercased)
    }

    /// In the order of their ranks; equals stay in their order, reversed or not.
    func sorted(
        _ ranked: [(value: RuntimeValue, ranks: [RuntimeValue])], isCaseSensitive: Bool, isReversed: Bool
    ) throws -> [RuntimeValue] {
        let ranked = try ranked.map { (value: $0.value, ranks: try $0.ranks.map { try caseless($0, isCaseSensitive) }) }
        return try ranked.sorted { first, second in
            for (one, other) in zip(first.ranks, second.ranks) where !(try isEqual(one, other)) {
                return try isReversed ? isLess(other, one, "<") : isLess(one, other, "<")
            }
            return false
        }.map(\.value)
    }

    private func extreme(of value: RuntimeValue, isMaximum: Bool, _ bound: [RuntimeValue?]) throws -> RuntimeValue {
        var best: (value: RuntimeValue, rank: RuntimeValue)?
        for element in try iterate(value) {
            let rank = try caseless(try path(bound[1], of: element), bound[0]?.isTrue == true)
            guard let current = best else {
                best = (element, rank)
                continue
            }
            let isBetter = try isMaximum ? isLess(current.rank, rank, ">") : isLess(rank, current.rank, "<")
            if isBetter { best = (element, rank) }
        }
        return best?.value ?? .undefined("the sequence is empty")
    }

    private func unique(_ value: RuntimeValue, _ bound: [RuntimeValue?]) throws -> RuntimeValue {
        var seen: Set<ValueKey> = []
        return try iterator(
            try iterate(value).filter {
                seen.insert(try key(try caseless(try path(bound[1], of: $0), bound[0]?.isTrue == true))).inserted
            })
    }

    // MARK: Choice

    private func mapped(_ value: RuntimeValue, _ arguments: CallArguments) throws -> [RuntimeValue] {
        var arguments = arguments
        guard value.isTrue else { return [] }
        if arguments.positional.isEmpty, let attribute = arguments.named.first(where: { $0.name == "attribute" }) {
            let others = arguments.named.filter { $0.name != "attribute" && $0.name != "default" }
            if let other = others.first { throw failure("'map' has no parameter '\(other.name)'") }
            var fallback = arguments.named.first { $0.name == "default" }?.value
            if case RuntimeValue.none? = fallback { fallback = nil }
            return try iterate(value).map { try path(attribute.value, of: $0, fallback: fallback) }
        }
        guard !arguments.positional.isEmpty else { throw failure("'map' needs the name of a filter") }
        let name = try string(arguments.positional.removeFirst(), for: "map")
        return try iterate(value).map { try applyFilter(name, to: $0, arguments) }
    }

    private func selected(_ name: String, _ value: RuntimeValue, _ arguments: CallArguments) throws -> [RuntimeValue] {
        guard value.isTrue else { return [] }
        var arguments = arguments
        var attribute: RuntimeValue?
        if name.hasSuffix("attr") {
            guard !arguments.positional.isEmpty else { throw failure("'\(name)' needs the name of an attribute") }
            attribute = arguments.positional.removeFirst()
        }
        let test = arguments.positional.isEmpty ? nil : try string(arguments.positional.removeFirst(), for: name)
        let wants = name.hasPrefix("select")
        return try iterate(value).filter { element in
            let candidate = try path(attribute, of: element)
            return try (test.map { try applyTest($0, to: candidate, arguments) } ?? candidate.isTrue) == wants
        }
    }

    private func batches(_ elements: [RuntimeValue], _ count: Int, _ filler: RuntimeValue?) throws -> [[RuntimeValue]] {
        // Jinja never finds a batch full that should hold nothing.
        guard count > 0 else { throw failure("'batch' needs a number above zero") }
        var batches = stride(from: 0, to: elements.count, by: count).map {
            Array(elements[$0..<min(elements.count, $0 + min(count, elements.count))])
        }
        if let filler, let last = batches.last, last.count < count {
            try charge(count)
            batches[batches.count - 1] += Array(repeating: filler, count: count - last.count)
        }
        return batches
    }

    private func slices(_ elements: [RuntimeValue], _ count: Int, _ filler: RuntimeValue?) throws -> [[RuntimeValue]] {
        guard count > 0 else { throw failure("'slice' needs a number above zero") }
        try charge(count)
        let (size, longerCount) = elements.count.quotientAndRemainder(dividingBy: count)
        var start = 0
        return (0..<count).map { place in
            let end = start + size + (place < longerCount ? 1 : 0)
            defer { start = end }
            return Array(elements[start..<end]) + (place >= longerCount ? filler.map { [$0] } ?? [] : [])
        }
    }
}
