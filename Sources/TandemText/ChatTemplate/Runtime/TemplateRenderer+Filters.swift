/// What may follow `|`: the choice of the filter, and those that make text.
extension TemplateRenderer {
    static let filterNames = textFilterNames.union(numberFilterNames).union(sequenceFilterNames).union(plainFilterNames)

    private static let plainFilterNames: Set<String> = ["default", "d", "attr", "tojson", "items", "dictsort"]

    private static let textFilterNames: Set<String> = [
        "upper", "lower", "capitalize", "title", "trim", "string", "safe", "escape", "e", "forceescape", "replace",
        "indent", "format", "center",
    ]

    func applyFilter(_ name: String, to value: RuntimeValue, _ arguments: CallArguments) throws -> RuntimeValue {
        // A level of its own, since `map` applies filters by name, `map` among them.
        try nested {
            if Self.textFilterNames.contains(name) { return .string(try applyTextFilter(name, to: value, arguments)) }
            if Self.numberFilterNames.contains(name) { return try applyNumberFilter(name, to: value, arguments) }
            if Self.sequenceFilterNames.contains(name) { return try applySequenceFilter(name, to: value, arguments) }
            func bound(_ names: [String], _ requiredCount: Int = 0) throws -> [RuntimeValue?] {
                try arguments.bound(to: names, requiredCount: requiredCount, callee: name, self)
            }
            switch name {
            case "default", "d":
                let bound = try bound(["default_value", "boolean"])
                let isMissing = value.isUndefined || (bound[1]?.isTrue == true && !value.isTrue)
                return isMissing ? bound[0] ?? .string("") : value
            case "attr": return try attribute(try text(try bound(["name"], 1)[0] ?? .none), of: value)
            case "tojson": return .string(try json(value, arguments))
            case "items":
                _ = try bound([])
                if value.isUndefined { return try iterator([]) }
                guard case .dictionary(let dictionary) = value else {
                    throw failure("'items' needs a dictionary, not \(value.typeName)")
                }
                return try iterator(try pairs(of: dictionary))
            case "dictsort": return try sortedPairs(of: value, try bound(["case_sensitive", "by", "reverse"]))
            default: throw failure("there is no filter '\(name)'")
            }
        }
    }

    private func applyTextFilter(
        _ name: String, to value: RuntimeValue, _ arguments: CallArguments
    ) throws -> String {
        let text = try text(value)
        try charge(text: text)
        func bound(_ names: [String], _ requiredCount: Int = 0) throws -> [RuntimeValue?] {
            try arguments.bound(to: names, requiredCount: requiredCount, callee: name, self)
        }
        switch name {
        case "trim":
            let characters = try bound(["chars"])[0]
            switch characters {
            case nil, RuntimeValue.none?: return text.stripped(of: nil)
            default: return text.stripped(of: try string(characters, for: name))
            }
        case "replace":
            let bound = try bound(["old", "new", "count"], 2)
            let (old, new) = (try self.text(bound[0] ?? .none), try self.text(bound[1] ?? .none))
            var limit = bound[2]
            if case RuntimeValue.none? = limit { limit = nil }
            return try replace(old, in: text, with: new, limit: limit)
        case "indent": return try indent(text, try bound(["width", "first", "blank"]))
        case "format":
            guard arguments.named.isEmpty || arguments.positional.isEmpty else {
                throw failure("'format' takes values with or without names, not both")
            }
            if arguments.named.isEmpty { return try formatted(text, with: try tuple(arguments.positional)) }
            return try formatted(text, with: try dictionary(arguments.named.map { (.string($0.name), $0.value) }))
        case "center": return try pad(text, try bound(["width"])[0] ?? .int(80), filler: nil, name)
        default: break
        }
        _ = try bound([])
        switch name {
        case "upper": return text.pythonUppercased
        case "lower": return text.pythonLowercased
        case "capitalize": return text.pythonCapitalized
        case "title": return title(text)
        case "escape", "e", "forceescape": return try escape(text)
        default: return text
        }
    }

    /// Jinja's own title case, which knows fewer ends of words than Python's method.
    private func title(_ text: String) -> String {
        let separators: Set<Unicode.Scalar> = ["-", "(", "{", "[", "<"]
        var result = ""
        var word: [Unicode.Scalar] = []
        func finishWord() {
            if let first = word.first {
                result += first.properties.uppercaseMapping + String(word.dropFirst()).pythonLowercased
            }
            word = []
        }
        for scalar in text.unicodeScalars {
            if separators.contains(scalar) || scalar.isPythonSpace {
                finishWord()
                result.unicodeScalars.append(scalar)
            } else {
                word.append(scalar)
            }
        }
        finishWord()
        return result
    }

    private func escape(_ text: String) throws -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "'": result += "&#39;"
            case "\"": result += "&#34;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        try check(byteCount: (result.utf8.count, false))
        return result
    }

    private func indent(_ text: String, _ bound: [RuntimeValue?]) throws -> String {
        let indentation: String
        if case .string(let given)? = bound[0] {
            indentation = given
        } else {
            let width = max(0, try wholeNumber(bound[0], or: 4, for: "indent"))
            try check(byteCount: (width, false))
            indentation = String(repeating: " ", count: width)
        }
        let indentsFirst = bound[1]?.isTrue == true
        let indentsBlank = bound[2]?.isTrue == true
        let lines = (text + "\n").pythonLines
        var result = indentsFirst ? indentation : ""
        for (index, line) in lines.enumerated() {
            if index > 0 { result += "\n" }
            if index > 0, indentsBlank || !line.isEmpty { try append(indentation, to: &result) }
            try append(line, to: &result)
        }
        return result
    }

    /// `tojson` as Hugging Face defines it over Python's `json.dumps`.
    private func json(_ value: RuntimeValue, _ arguments: CallArguments) throws -> String {
        let bound = try arguments.bound(
            to: ["ensure_ascii", "indent", "separators", "sort_keys"], requiredCount: 0, callee: "tojson", self)
        var layout = JSONLayout(
            indentation: nil, itemSeparator: ", ", keySeparator: ": ", sortsKeys: bound[3]?.isTrue == true,
            escapesNonASCII: bound[0]?.isTrue == true)
        switch bound[1] {
        case nil, RuntimeValue.none?: break
        case .string(let given)?:
            layout.indentation = given
            layout.itemSeparator = ","
        default:
            let width = max(0, try wholeNumber(bound[1], for: "tojson"))
            try check(byteCount: (width, false))
            layout.indentation = String(repeating: " ", count: width)
            layout.itemSeparator = ","
        }
        switch bound[2] {
        case nil, RuntimeValue.none?: break
        case let given?:
            let separators = try iterate(given)
            guard separators.count == 2 else { throw failure("'separators' must be two texts") }
            layout.itemSeparator = try string(separators[0], for: "tojson")
            layout.keySeparator = try string(separators[1], for: "tojson")
        }
        var result = ""
        try appendJSON(value, to: &result, layout: layout)
        return result
    }

    private func sortedPairs(of value: RuntimeValue, _ bound: [RuntimeValue?]) throws -> RuntimeValue {
        guard case .dictionary(let dictionary) = value else {
            throw failure("'dictsort' needs a dictionary, not \(value.typeName)")
        }
        let by = try bound[1].map { try text($0) } ?? "key"
        guard by == "key" || by == "value" else { throw failure("'dictsort' sorts by 'key' or by 'value'") }
        let pairs = try zip(dictionary.keys, dictionary.values).map { key, value in
            (rank: by == "key" ? key : value, pair: try tuple([key, value]))
        }
        return try list(
            try sorted(
                pairs.map { ($0.pair, [$0.rank]) }, isCaseSensitive: bound[0]?.isTrue == true,
                isReversed: bound[2]?.isTrue == true))
    }
}
