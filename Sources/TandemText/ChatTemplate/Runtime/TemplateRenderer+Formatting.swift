import Foundation

/// Patterns with values in them: Python's `%` and `str.format`.
extension TemplateRenderer {
    /// `pattern % values`: one value, a tuple of values, or a dictionary for `%(name)s`.
    func formatted(_ pattern: String, with value: RuntimeValue) throws -> String {
        var values: [RuntimeValue] = if case .tuple(let sequence) = value { sequence.elements } else { [value] }
        var rest = Substring(pattern).unicodeScalars
        var result = ""
        var usesNames = false
        while let scalar = rest.popFirst() {
            guard scalar == "%" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            var directive = try FormatDirective(from: &rest, self)
            if directive.conversion == "%" {
                result += "%"
                continue
            }
            func take() throws -> RuntimeValue {
                guard !values.isEmpty else { throw failure("there are fewer values than places in the pattern") }
                return values.removeFirst()
            }
            if directive.takesWidth { directive.set(width: try wholeNumber(try take(), for: "%")) }
            if directive.takesPrecision { directive.precision = max(0, try wholeNumber(try take(), for: "%")) }
            let argument: RuntimeValue
            if let name = directive.name {
                usesNames = true
                guard case .dictionary(let dictionary) = value, let found = dictionary[name] else {
                    throw failure("there is no value '\(name)' for the pattern")
                }
                argument = found
            } else {
                argument = try take()
            }
            try append(try formatted(argument, by: directive), to: &result)
        }
        // Python minds values that are left over, but not in what can hold names.
        var mayHoldMore = usesNames
        switch value {
        case .dictionary, .list, .undefined: mayHoldMore = true
        default: break
        }
        guard values.isEmpty || mayHoldMore else { throw failure("there are more values than places in the pattern") }
        return result
    }

    private func formatted(_ value: RuntimeValue, by directive: FormatDirective) throws -> String {
        func need<Number>(_ number: Number?) throws -> Number {
            if let number { return number }
            throw failure("'%\(directive.conversion)' needs a number, not \(value.typeName)")
        }
        let limit = 400
        let precision = min(directive.precision ?? 6, limit)
        let body: String
        switch directive.conversion {
        case "s", "r", "a":
            let text = directive.conversion == "s" ? try text(value) : try representation(value)
            body = directive.precision.map { String(text.unicodeScalars.prefix($0)) } ?? text
            return try directive.padded(body, isNumber: false, self)
        case "d", "i", "u":
            if case .float(let number) = value {
                guard let whole = Int(exactly: number.rounded(.towardZero)) else {
                    throw failure("the number is too large")
                }
                body = String(whole)
            } else {
                body = String(try need(value.wholeNumber))
            }
        case "x": body = String(try need(value.wholeNumber), radix: 16)
        case "X": body = String(try need(value.wholeNumber), radix: 16, uppercase: true)
        case "o": body = String(try need(value.wholeNumber), radix: 8)
        case "f", "F": body = try need(value.number).fixed(precision)
        case "e", "E", "g", "G":
            body = String(format: "%.\(precision)\(directive.conversion)", try need(value.number))
        default: throw failure("'%\(directive.conversion)' is not supported")
        }
        return try directive.padded(body, isNumber: true, self)
    }

    /// `text.format(…)`, with `{}`, `{0}` and `{name}`.
    func format(_ pattern: String, _ arguments: CallArguments) throws -> String {
        var rest = Substring(pattern).unicodeScalars
        var result = ""
        var nextPlace = 0
        while let scalar = rest.popFirst() {
            if scalar == "{" || scalar == "}", rest.first == scalar {
                rest.removeFirst()
                result.unicodeScalars.append(scalar)
            } else if scalar == "{" {
                guard let end = rest.firstIndex(of: "}") else { throw failure("'{' is not closed in the pattern") }
                let field = String(Substring(rest[..<end]))
                rest = rest[rest.index(after: end)...]
                let value: RuntimeValue?
                if let place = field.isEmpty ? nextPlace : Int(field), place >= 0 {
                    if field.isEmpty { nextPlace += 1 }
                    value = place < arguments.positional.count ? arguments.positional[place] : nil
                } else {
                    value = arguments.named.first { $0.name == field }?.value
                }
                guard let value else { throw failure("there is no value for '{\(field)}', or it is not supported") }
                try append(try text(value), to: &result)
            } else if scalar == "}" {
                throw failure("'}' stands alone in the pattern")
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// One place in a pattern of `%`.
private struct FormatDirective {
    var name: String?
    var isLeftAligned = false
    var fillsWithZeros = false
    var positiveSign = ""
    var width = 0
    var takesWidth = false
    var precision: Int?
    var takesPrecision = false
    var conversion: Unicode.Scalar

    /// Reads what follows a `%`.
    init(from rest: inout Substring.UnicodeScalarView, _ renderer: TemplateRenderer) throws {
        if rest.first == "(" {
            guard let end = rest.firstIndex(of: ")") else { throw renderer.failure("the pattern's '%(' is not closed") }
            name = String(Substring(rest[rest.index(after: rest.startIndex)..<end]))
            rest = rest[rest.index(after: end)...]
        }
        flags: while let flag = rest.first {
            switch flag {
            case "-": isLeftAligned = true
            case "0": fillsWithZeros = true
            case "+": positiveSign = "+"
            case " ": if positiveSign.isEmpty { positiveSign = " " }
            default: break flags
            }
            rest.removeFirst()
        }
        func number() throws -> Int {
            var number = 0
            while let digit = rest.first, digit.isDecimalDigit {
                number = min(number * 10 + (digit.hexValue ?? 0), 1 << 40)
                rest.removeFirst()
            }
            return number
        }
        if rest.first == "*" {
            rest.removeFirst()
            takesWidth = true
        } else {
            width = try number()
        }
        if rest.first == "." {
            rest.removeFirst()
            if rest.first == "*" {
                rest.removeFirst()
                takesPrecision = true
            } else {
                precision = try number()
            }
        }
        while rest.first == "l" || rest.first == "h" || rest.first == "L" { rest.removeFirst() }
        guard let conversion = rest.popFirst() else { throw renderer.failure("the pattern ends behind '%'") }
        self.conversion = conversion
    }

    mutating func set(width: Int) {
        isLeftAligned = isLeftAligned || width < 0
        self.width = Int(clamping: width.magnitude)
    }

    func padded(_ body: String, isNumber: Bool, _ renderer: TemplateRenderer) throws -> String {
        let isNegative = body.hasPrefix("-")
        let sign = isNumber ? isNegative ? "-" : positiveSign : ""
        let digits = isNumber && isNegative ? String(body.dropFirst()) : body
        let missing = max(0, width - sign.unicodeScalars.count - digits.unicodeScalars.count)
        try renderer.check(byteCount: missing.addingReportingOverflow(body.utf8.count))
        let filler = String(repeating: isNumber && fillsWithZeros && !isLeftAligned ? "0" : " ", count: missing)
        if isLeftAligned { return sign + digits + filler }
        return isNumber && fillsWithZeros ? sign + filler + digits : filler + sign + digits
    }
}
