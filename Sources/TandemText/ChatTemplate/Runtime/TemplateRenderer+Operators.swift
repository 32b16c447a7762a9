import Foundation

/// Operators, with Python's meaning.
extension TemplateRenderer {
    func negative(_ value: RuntimeValue) throws -> RuntimeValue {
        if case .float(let number) = value { return .float(-number) }
        guard let whole = value.wholeNumber else { throw operandFailure("-", value) }
        return .int(try exact(0.subtractingReportingOverflow(whole)))
    }

    func positive(_ value: RuntimeValue) throws -> RuntimeValue {
        if case .float = value { return value }
        guard let whole = value.wholeNumber else { throw operandFailure("+", value) }
        return .int(whole)
    }

    private func operandFailure(_ symbol: String, _ operands: RuntimeValue...) -> ChatTemplateError {
        for operand in operands { if case .undefined(let reason) = operand { return failure(reason) } }
        let types = operands.map(\.typeName).joined(separator: " and ")
        return failure("'\(symbol)' has no meaning for \(types)")
    }

    private func exact(_ result: (partialValue: Int, overflow: Bool)) throws -> Int {
        if result.overflow { throw failure("a whole number grows beyond 64 bits") }
        return result.partialValue
    }

    func calculate(
        _ operation: ArithmeticOperation, _ left: RuntimeValue, _ right: RuntimeValue
    ) throws -> RuntimeValue {
        try charge()
        if let first = left.wholeNumber, let second = right.wholeNumber {
            return try calculate(operation, whole: first, second)
        }
        if let first = left.number, let second = right.number { return try calculate(operation, first, second) }
        switch (operation, left, right) {
        case (.add, .string(let first), .string(let second)):
            try check(byteCount: first.utf8.count.addingReportingOverflow(second.utf8.count))
            return .string(first + second)
        case (.add, .list(let first), .list(let second)): return try list(first.elements + second.elements)
        case (.add, .tuple(let first), .tuple(let second)): return try tuple(first.elements + second.elements)
        case (.multiply, _, _):
            if let count = right.wholeNumber { return try repeated(left, count: count, right) }
            if let count = left.wholeNumber { return try repeated(right, count: count, left) }
            throw operandFailure("*", left, right)
        case (.remainder, .string(let pattern), _): return .string(try formatted(pattern, with: right))
        default: throw operandFailure(operation.rawValue, left, right)
        }
    }

    private func repeated(_ value: RuntimeValue, count: Int, _ other: RuntimeValue) throws -> RuntimeValue {
        let count = max(0, count)
        switch value {
        case .string(let text):
            // Nothing, however often, costs nothing, but would be put together all the same.
            guard !text.isEmpty else { return value }
            try check(byteCount: text.utf8.count.multipliedReportingOverflow(by: count))
            return .string(String(repeating: text, count: count))
        case .list(let sequence), .tuple(let sequence):
            guard !sequence.elements.isEmpty else { return value }
            let size = sequence.elements.count.multipliedReportingOverflow(by: count)
            try charge(size.overflow ? .max : size.partialValue)
            let elements = Array(repeating: sequence.elements, count: count).flatMap { $0 }
            if case .list = value { return try list(elements) } else { return try tuple(elements) }
        default: throw operandFailure("*", value, other)
        }
    }

    private func calculate(_ operation: ArithmeticOperation, whole left: Int, _ right: Int) throws -> RuntimeValue {
        switch operation {
        case .add: return .int(try exact(left.addingReportingOverflow(right)))
        case .subtract: return .int(try exact(left.subtractingReportingOverflow(right)))
        case .multiply: return .int(try exact(left.multipliedReportingOverflow(by: right)))
        case .divide: return try calculate(.divide, Double(left), Double(right))
        case .floorDivide, .remainder:
            guard right != 0 else { throw failure("division by zero") }
            // Swift rounds towards zero, Python down.
            let quotient = try exact(left.dividedReportingOverflow(by: right))
            let remainder = left - quotient * right
            let isLow = remainder != 0 && (remainder < 0) != (right < 0)
            if operation == .floorDivide { return .int(isLow ? quotient - 1 : quotient) }
            return .int(isLow ? remainder + right : remainder)
        case .power:
            guard right >= 0 else { return try calculate(.power, Double(left), Double(right)) }
            return .int(try power(left, right))
        }
    }

    private func power(_ base: Int, _ exponent: Int) throws -> Int {
        var result = 1
        var square = base
        var rest = exponent
        while rest > 0 {
            if rest & 1 == 1 { result = try exact(result.multipliedReportingOverflow(by: square)) }
            rest >>= 1
            if rest > 0 { square = try exact(square.multipliedReportingOverflow(by: square)) }
        }
        return result
    }

    private func calculate(_ operation: ArithmeticOperation, _ left: Double, _ right: Double) throws -> RuntimeValue {
        switch operation {
        case .add: return .float(left + right)
        case .subtract: return .float(left - right)
        case .multiply: return .float(left * right)
        case .divide, .floorDivide, .remainder:
            guard right != 0 else { throw failure("division by zero") }
            if operation == .divide { return .float(left / right) }
            var remainder = left.truncatingRemainder(dividingBy: right)
            if remainder != 0, (remainder < 0) != (right < 0) { remainder += right }
            if remainder == 0 { remainder = Double(signOf: right, magnitudeOf: 0) }
            if operation == .remainder { return .float(remainder) }
            let quotient = (left - remainder) / right
            return .float(quotient == 0 ? Double(signOf: left / right, magnitudeOf: 0) : quotient.rounded())
        case .power:
            if left == 0, right < 0 { throw failure("zero cannot be raised to a negative power") }
            if left < 0, right != right.rounded(), right.isFinite { throw failure("the power is a complex number") }
            let result = pow(left, right)
            if result.isInfinite, left.isFinite, right.isFinite { throw failure("the power is too large") }
            return .float(result)
        }
    }

    // MARK: Comparisons

    func compare(_ operation: ComparisonOperation, _ left: RuntimeValue, _ right: RuntimeValue) throws -> Bool {
        switch operation {
        case .equal: try isEqual(left, right)
        case .notEqual: !(try isEqual(left, right))
        case .less: try isLess(left, right, "<")
        case .greater: try isLess(right, left, ">")
        case .lessOrEqual: try isLessOrEqual(left, right, "<=")
        case .greaterOrEqual: try isLessOrEqual(right, left, ">=")
        case .contained: try contains(right, left)
        case .notContained: !(try contains(right, left))
        }
    }

    func isEqual(_ left: RuntimeValue, _ right: RuntimeValue) throws -> Bool {
        try charge()
        if let first = left.wholeNumber, let second = right.wholeNumber { return first == second }
        if let first = left.number, let second = right.number { return first == second }
        switch (left, right) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.string(let first), .string(let second)):
            guard first.utf8.count == second.utf8.count else { return false }
            try charge(text: first)
            return first.utf8.elementsEqual(second.utf8)
        case (.list(let first), .list(let second)), (.tuple(let first), .tuple(let second)):
            guard first.elements.count == second.elements.count else { return false }
            for (one, other) in zip(first.elements, second.elements) where !(try isEqual(one, other)) { return false }
            return true
        case (.dictionary(let first), .dictionary(let second)):
            guard first.keys.count == second.keys.count else { return false }
            for (name, value) in zip(first.keys, first.values) {
                guard let other = second[try key(name)], try isEqual(value, other) else { return false }
            }
            return true
        case (.range(let first), .range(let second)): return first == second
        case (.iterator(let first), .iterator(let second)): return first === second
        case (.namespace(let first), .namespace(let second)): return first === second
        case (.loop(let first), .loop(let second)): return first === second
        case (.view(let first), .view(let second)): return first === second
        case (.callable(.macro(let first)), .callable(.macro(let second))): return first === second
        case (.callable(.function(let first)), .callable(.function(let second))): return first == second
        default: return false
        }
    }

    /// Whether `left` comes before `right`; `symbol` is for the error.
    func isLess(_ left: RuntimeValue, _ right: RuntimeValue, _ symbol: String) throws -> Bool {
        try charge()
        if let first = left.wholeNumber, let second = right.wholeNumber { return first < second }
        if let first = left.number, let second = right.number { return first < second }
        switch (left, right) {
        case (.string(let first), .string(let second)):
            try charge(text: first)
            return first.utf8.lexicographicallyPrecedes(second.utf8)
        case (.list(let first), .list(let second)), (.tuple(let first), .tuple(let second)):
            for (one, other) in zip(first.elements, second.elements) where !(try isEqual(one, other)) {
                return try isLess(one, other, symbol)
            }
            return first.elements.count < second.elements.count
        default: throw operandFailure(symbol, left, right)
        }
    }

    private func isLessOrEqual(_ left: RuntimeValue, _ right: RuntimeValue, _ symbol: String) throws -> Bool {
        // Not the negation of "greater": with a number that is none, neither holds.
        if let first = left.number, let second = right.number { return first <= second }
        let isLess = try isLess(left, right, symbol)
        return try isLess || isEqual(left, right)
    }

    /// Python's `in`.
    func contains(_ container: RuntimeValue, _ value: RuntimeValue) throws -> Bool {
        switch container {
        case .string(let text):
            guard case .string(let needle) = value else {
                if case .undefined(let reason) = value { throw failure(reason) }
                throw failure("only text can be 'in' text, not \(value.typeName)")
            }
            try charge(text: text)
            return text.contains(exactly: needle)
        case .dictionary(let dictionary): return dictionary[try key(value)] != nil
        default:
            for element in try iterate(container) where try isEqual(element, value) { return true }
            return false
        }
    }
}
