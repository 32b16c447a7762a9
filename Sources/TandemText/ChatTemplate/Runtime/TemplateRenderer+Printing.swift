import TandemJSON

/// Values as text: Python's `str` and `repr`, and JSON.
extension TemplateRenderer {
    /// What `{{ value }}` puts out.
    func text(_ value: RuntimeValue) throws -> String {
        switch value {
        case .undefined: return ""
        case .string(let text): return text
        default: return try representation(value)
        }
    }

    func representation(_ value: RuntimeValue) throws -> String {
        var result = ""
        try appendRepresentation(of: value, to: &result, level: 0)
        return result
    }

    private func appendRepresentation(of value: RuntimeValue, to result: inout String, level: Int) throws {
        try charge()
        // Namespaces can hold each other in circles.
        guard level <= limits.valueDepth else { throw failure("the value nests too deep to be printed", kind: .limit) }
        func appendAll(_ elements: [RuntimeValue], _ opening: String, _ closing: String) throws {
            result += opening
            for (index, element) in elements.enumerated() {
                if index > 0 { result += ", " }
                try appendRepresentation(of: element, to: &result, level: level + 1)
            }
            result += closing
        }
        switch value {
        case .undefined: result += "Undefined"
        case .none: result += "None"
        case .bool(let value): result += value ? "True" : "False"
        case .int(let value): result += String(value)
        case .float(let value): result += value.pythonRepresentation
        case .string(let text): try append(text.pythonRepresentation, to: &result)
        case .list(let sequence): try appendAll(sequence.elements, "[", "]")
        case .tuple(let sequence): try appendAll(sequence.elements, "(", sequence.elements.count == 1 ? ",)" : ")")
        case .view(let sequence): try appendAll(sequence.elements, "dict_view([", "])")
        case .dictionary(let dictionary):
            try appendPairs(dictionary.keys, dictionary.values, to: &result, level: level)
        case .range(let range):
            result += "range(\(range.start), \(range.end)\(range.step == 1 ? "" : ", \(range.step)"))"
        case .namespace(let namespace):
            result += "<Namespace "
            try appendPairs(
                namespace.names.map(RuntimeValue.string), namespace.names.compactMap { namespace.attributes[$0] },
                to: &result, level: level)
            result += ">"
        case .iterator, .loop, .callable: result += "<\(value.typeName)>"
        }
        try check(byteCount: (result.utf8.count, false))
    }

    private func appendPairs(
        _ keys: [RuntimeValue], _ values: [RuntimeValue], to result: inout String, level: Int
    ) throws {
        result += "{"
        for (index, (key, value)) in zip(keys, values).enumerated() {
            if index > 0 { result += ", " }
            try appendRepresentation(of: key, to: &result, level: level + 1)
            result += ": "
            try appendRepresentation(of: value, to: &result, level: level + 1)
        }
        result += "}"
    }

    /// How `tojson` lays out a value.
    struct JSONLayout {
        /// What each level is indented by; nil for all in one line.
        var indentation: String?
        var itemSeparator: String
        var keySeparator: String
        var sortsKeys: Bool
        var escapesNonASCII: Bool
    }

    func appendJSON(_ value: RuntimeValue, to result: inout String, layout: JSONLayout, level: Int = 0) throws {
        try charge()
        switch value {
        case .none: result += "null"
        case .bool(let value): result += value ? "true" : "false"
        case .int(let value): result += String(value)
        case .float(let value):
            result +=
                value.isNaN
                ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : value.pythonRepresentation
        case .string(let text): try append(json(text, layout), to: &result)
        case .list(let sequence), .tuple(let sequence):
            try appendItems(sequence.elements, "[", "]", to: &result, layout: layout, level: level) { element, result in
                try self.appendJSON(element, to: &result, layout: layout, level: level + 1)
            }
        case .dictionary(let dictionary):
            var pairs = try zip(dictionary.keys, dictionary.values).map { (try jsonKey($0), $1) }
            if layout.sortsKeys { pairs.sort { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) } }
            try appendItems(pairs, "{", "}", to: &result, layout: layout, level: level) { pair, result in
                try self.append(self.json(pair.0, layout) + layout.keySeparator, to: &result)
                try self.appendJSON(pair.1, to: &result, layout: layout, level: level + 1)
            }
        case .undefined(let reason): throw failure("JSON cannot hold an undefined value: \(reason)")
        default: throw failure("JSON cannot hold a value of the type \(value.typeName)")
        }
    }

    private func appendItems<Item>(
        _ items: [Item], _ opening: String, _ closing: String, to result: inout String, layout: JSONLayout, level: Int,
        appendItem: (Item, inout String) throws -> Void
    ) throws {
        result += opening
        for (index, item) in items.enumerated() {
            if index > 0 { try append(layout.itemSeparator, to: &result) }
            try appendLineBreak(level: level + 1, to: &result, layout: layout)
            try appendItem(item, &result)
        }
        if !items.isEmpty { try appendLineBreak(level: level, to: &result, layout: layout) }
        result += closing
    }

    private func appendLineBreak(level: Int, to result: inout String, layout: JSONLayout) throws {
        guard let indentation = layout.indentation else { return }
        result += "\n"
        let size = indentation.utf8.count.multipliedReportingOverflow(by: level)
        try check(byteCount: (size.partialValue &+ result.utf8.count, size.overflow))
        result += String(repeating: indentation, count: level)
    }

    private func json(_ text: String, _ layout: JSONLayout) -> String {
        let plain = text.jsonText
        guard layout.escapesNonASCII else { return plain }
        var escaped = ""
        for unit in plain.utf16 {
            if unit < 0x80 {
                escaped.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            } else {
                let digits = String(unit, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return escaped
    }

    private func jsonKey(_ key: RuntimeValue) throws -> String {
        switch key {
        case .string(let text): return text
        case .none: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .int(let value): return String(value)
        case .float(let value): return value.pythonRepresentation
        default: throw failure("a key in JSON cannot be of the type \(key.typeName)")
        }
    }
}
