import Foundation

/// Filters that make numbers.
extension TemplateRenderer {
    static let numberFilterNames: Set<String> = ["int", "float", "abs", "round", "length", "count"]

    func applyNumberFilter(
        _ name: String, to value: RuntimeValue, _ arguments: CallArguments
    ) throws -> RuntimeValue {
        func bound(_ names: [String]) throws -> [RuntimeValue?] {
            try arguments.bound(to: names, requiredCount: 0, callee: name, self)
        }
        switch name {
        case "int":
            let bound = try bound(["default", "base"])
            return try whole(value, base: try wholeNumber(bound[1], or: 10, for: name)) ?? bound[0] ?? .int(0)
        case "float":
            if case .undefined(let reason) = value { throw failure(reason) }
            let fallback = try bound(["default"])[0] ?? .float(0)
            return number(readFrom: value).map(RuntimeValue.float) ?? fallback
        case "abs":
            _ = try bound([])
            if case .float(let number) = value { return .float(number.magnitude) }
            guard let whole = value.wholeNumber, whole != .min else {
                throw failure("'abs' needs a number, not \(value.typeName)")
            }
            return .int(abs(whole))
        case "round": return try round(value, try bound(["precision", "method"]))
        default:
            _ = try bound([])
            return .int(try length(value))
        }
    }

    /// Numbers as Python's `float` reads them.
    private func number(readFrom value: RuntimeValue) -> Double? {
        if let number = value.number { return number }
        guard case .string(let text) = value else { return nil }
        let plain = text.stripped(of: nil)
        let unsigned = plain.stripped(of: "+-", right: false).pythonLowercased
        if ["inf", "infinity", "nan"].contains(unsigned) { return Double(plain) }
        guard let digits = Self.withoutUnderscores(plain), let first = digits.utf8.last,
            digits.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), first != UInt8(ascii: "-")
        else { return nil }
        // Python reads ".5" and "5.", which Swift does as well.
        return Double(digits)
    }

    /// The digits without underscores; nil where one does not stand between digits.
    private static func withoutUnderscores(_ text: String) -> String? {
        let scalars = Array(text.unicodeScalars)
        for (index, scalar) in scalars.enumerated() where scalar == "_" {
            guard index > 0, index + 1 < scalars.count, scalars[index - 1].hexValue != nil,
                scalars[index + 1].hexValue != nil
            else { return nil }
        }
        return String(scalars.filter { $0 != "_" })
    }

    /// Whole numbers as Jinja's `int` reads them; nil where it takes the default.
    private func whole(_ value: RuntimeValue, base: Int) throws -> RuntimeValue? {
        if case .undefined(let reason) = value { throw failure(reason) }
        if let whole = value.wholeNumber { return .int(whole) }
        if case .string(let text) = value {
            guard base == 0 || (2...36).contains(base) else { return nil }
            if let whole = Self.whole(readFrom: text.stripped(of: nil), base: base) { return .int(whole) }
        }
        guard let number = number(readFrom: value) else { return nil }
        let isText = value.string != nil
        guard number.isFinite else {
            if isText || number.isNaN { return nil }
            throw failure("an infinite number cannot be a whole number")
        }
        guard let whole = Int(exactly: number.rounded(.towardZero)) else {
            throw failure("a whole number grows beyond 64 bits")
        }
        return .int(whole)
    }

    private static func whole(readFrom text: String, base: Int) -> Int? {
        var digits = Substring(text)
        var sign = ""
        if let first = digits.first, first == "-" || first == "+" {
            sign = String(digits.removeFirst())
        }
        var radix = base
        let prefixes = ["0x": 16, "0o": 8, "0b": 2]
        if let prefixed = prefixes[digits.prefix(2).lowercased()], base == prefixed || base == 0 {
            digits = digits.dropFirst(2)
            radix = prefixed
        } else if base == 0 {
            radix = 10
        }
        guard let first = digits.first, first != "+", first != "-", let plain = withoutUnderscores(String(digits))
        else {
            return nil
        }
        return Int(sign + plain, radix: radix)
    }

    private func round(_ value: RuntimeValue, _ bound: [RuntimeValue?]) throws -> RuntimeValue {
        let precision = try wholeNumber(bound[0], or: 0, for: "round")
        let method = try bound[1].map { try text($0) } ?? "common"
        if case .undefined(let reason) = value { throw failure(reason) }
        guard ["common", "ceil", "floor"].contains(method) else {
            throw failure("'round' knows the methods common, ceil and floor")
        }
        guard let number = value.number else { throw failure("'round' needs a number, not \(value.typeName)") }
        if method == "common" {
            if let whole = value.wholeNumber { return .int(precision < 0 ? rounded(whole, precision) : whole) }
            guard number.isFinite else { return .float(number) }
            if precision >= 0 { return .float(precision > 340 ? number : Double(number.fixed(precision)) ?? number) }
            // No number is as large as half of 10⁴⁰⁰.
            guard precision > -400 else { return .float(0) }
            let scale = pow(10, Double(-precision))
            return .float(scale.isInfinite ? 0 : (number / scale).rounded(.toNearestOrEven) * scale)
        }
        guard number.isFinite, precision.magnitude < 300 else { throw failure("'round' cannot round this number") }
        let scale = pow(10, Double(precision))
        return .float((number * scale).rounded(method == "ceil" ? .up : .down) / scale)
    }

    /// To tens, hundreds…, halves to the even neighbour.
    private func rounded(_ whole: Int, _ precision: Int) -> Int {
        guard precision > -19 else { return 0 }
        let scale = (0..<(-precision)).reduce(1) { result, _ in result * 10 }
        let remainder = ((whole % scale) + scale) % scale
        let (low, overflows) = whole.subtractingReportingOverflow(remainder)
        if overflows { return 0 }
        let isUp = remainder > scale - remainder || (remainder == scale - remainder && (low / scale) % 2 != 0)
        return isUp ? low.addingReportingOverflow(scale).partialValue : low
    }
}
