extension TemplateLexer {
    /// Longer symbols first, so that `//` is not read as two of `/`.
    private static let symbols = [
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=",
        ".", ":", "|", ",", ";",
    ]

    /// Reads the words of a tag whose opening mark was read, up to and with its closing mark. A closing mark inside of
    /// brackets is none: `{{ {'a': {}} }}`.
    mutating func readTag(isBlock: Bool) throws {
        append(isBlock ? .blockBegin : .outputBegin, upTo: position)
        var brackets: [String] = []
        while position < source.count {
            if brackets.isEmpty,
                let end = endOfClosing(isBlock ? "%}" : "}}", at: position, trimsNewline: isBlock)
            {
                append(isBlock ? .blockEnd : .outputEnd, upTo: end)
                return
            }
            let scalar = source[position]
            if scalar.isPythonSpace {
                advance(to: position + 1)
            } else if scalar.isDecimalDigit {
                try readNumber()
            } else if scalar == "_" || scalar.properties.isXIDStart {
                readName()
            } else if scalar == "'" || scalar == "\"" {
                try readString(quote: scalar)
            } else if let symbol = Self.symbols.first(where: { matches($0, at: position) }) {
                try balance(&brackets, with: symbol)
                append(.symbol(symbol), upTo: position + symbol.unicodeScalars.count)
            } else {
                throw failure("the character '\(scalar)' has no meaning here")
            }
        }
    }

    private mutating func append(_ kind: TemplateToken.Kind, upTo end: Int) {
        result.append(TemplateToken(kind: kind, line: line))
        advance(to: end)
    }

    private func balance(_ brackets: inout [String], with symbol: String) throws {
        switch symbol {
        case "(": brackets.append(")")
        case "[": brackets.append("]")
        case "{": brackets.append("}")
        case ")", "]", "}":
            guard let expected = brackets.popLast() else { throw failure("'\(symbol)' closes nothing") }
            guard expected == symbol else { throw failure("'\(symbol)' stands where '\(expected)' is expected") }
        default: break
        }
    }

    private mutating func readName() {
        var end = position + 1
        while end < source.count, source[end].properties.isXIDContinue { end += 1 }
        append(.name(String(source[position..<end])), upTo: end)
    }

    /// The end of digits with single underscores between them.
    private func endOfDigits(from start: Int, radix: Int = 10) -> Int {
        var end = start
        while let scalar = scalar(at: end) {
            if scalar == "_", end > start, let next = self.scalar(at: end + 1), next.hexValue ?? 99 < radix {
                end += 1
            } else if scalar.hexValue ?? 99 >= radix {
                break
            }
            end += 1
        }
        return end
    }

    private mutating func readNumber() throws {
        let radixes: [Unicode.Scalar: Int] = ["x": 16, "X": 16, "o": 8, "O": 8, "b": 2, "B": 2]
        if source[position] == "0", let radix = scalar(at: position + 1).flatMap({ radixes[$0] }) {
            let end = endOfDigits(from: position + 2, radix: radix)
            if end > position + 2 { return try appendInteger(from: position + 2, to: end, radix: radix) }
        }
        var end = endOfDigits(from: position)
        let wholeEnd = end
        if position == 0 || source[position - 1] != "." {
            if scalar(at: end) == ".", scalar(at: end + 1)?.isDecimalDigit == true { end = endOfDigits(from: end + 1) }
            if scalar(at: end) == "e" || scalar(at: end) == "E" {
                let hasSign = scalar(at: end + 1) == "+" || scalar(at: end + 1) == "-"
                let exponent = end + (hasSign ? 2 : 1)
                if scalar(at: exponent)?.isDecimalDigit == true { end = endOfDigits(from: exponent) }
            }
        }
        guard end > wholeEnd else {
            // As in Python, digits behind a leading zero are another number, which the parser then refuses.
            if source[position] == "0" {
                end = source[position..<end].firstIndex { $0 != "0" && $0 != "_" } ?? end
            }
            return try appendInteger(from: position, to: end, radix: 10)
        }
        let text = String(source[position..<end].filter { $0 != "_" })
        guard let value = Double(text) else { throw failure("'\(text)' is not a number") }
        append(.float(value), upTo: end)
    }

    private mutating func appendInteger(from start: Int, to end: Int, radix: Int) throws {
        let text = String(source[start..<end].filter { $0 != "_" })
        guard let value = Int(text, radix: radix) else {
            throw failure("the number \(text.prefix(40))\(text.utf8.count > 40 ? "…" : "") is too large")
        }
        append(.integer(value), upTo: end)
    }

    private mutating func readString(quote: Unicode.Scalar) throws {
        var index = position + 1
        var text = String.UnicodeScalarView()
        while let scalar = scalar(at: index) {
            if scalar == quote {
                append(.string(String(text)), upTo: index + 1)
                return
            }
            if scalar == "\\" {
                index = try readEscape(at: index + 1, into: &text)
            } else {
                text.append(scalar)
                index += 1
            }
        }
        throw failure("the string that begins here is never closed")
    }

    /// Reads what follows a backslash as Python does, where an unknown escape stands for itself. Returns its end.
    private func readEscape(at index: Int, into text: inout String.UnicodeScalarView) throws -> Int {
        guard let scalar = scalar(at: index) else { throw failure("the string ends with a backslash") }
        let simple: [Unicode.Scalar: Unicode.Scalar] = [
            "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}",
            "f": "\u{C}", "v": "\u{B}",
        ]
        if let plain = simple[scalar] {
            text.append(plain)
            return index + 1
        }
        switch scalar {
        case "\n": return index + 1
        case "x": return try readCode(at: index + 1, digitCount: 2, into: &text)
        case "u": return try readCode(at: index + 1, digitCount: 4, into: &text)
        case "U": return try readCode(at: index + 1, digitCount: 8, into: &text)
        case "N": throw failure("characters by name are not supported")
        case "0"..."7":
            var end = index
            var code: UInt32 = 0
            while end < index + 3, let digit = self.scalar(at: end)?.hexValue, digit < 8 {
                code = code * 8 + UInt32(digit)
                end += 1
            }
            if let octal = Unicode.Scalar(code) { text.append(octal) }
            return end
        default:
            text.append("\\")
            text.append(scalar)
            return index + 1
        }
    }

    private func readCode(
        at start: Int, digitCount: Int, into text: inout String.UnicodeScalarView
    ) throws -> Int {
        var code: UInt32 = 0
        for index in start..<start + digitCount {
            guard let digit = scalar(at: index)?.hexValue else {
                throw failure("\(digitCount) hexadecimal digits are expected in the string")
            }
            code = code &* 16 &+ UInt32(digit)
        }
        guard let scalar = Unicode.Scalar(code) else { throw failure("the string holds a code that is no character") }
        text.append(scalar)
        return start + digitCount
    }
}
