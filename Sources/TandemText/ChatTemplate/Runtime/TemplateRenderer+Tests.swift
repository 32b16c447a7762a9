/// What may follow `is`.
extension TemplateRenderer {
    func applyTest(_ name: String, to value: RuntimeValue, _ arguments: CallArguments) throws -> Bool {
        if let comparison = Self.comparisonTests[name] {
            return try compare(comparison, value, try onlyArgument(arguments, of: name))
        }
        switch name {
        case "divisibleby":
            return try isZero(try calculate(.remainder, value, try onlyArgument(arguments, of: name)))
        case "sameas": return try isSame(value, try onlyArgument(arguments, of: name))
        default: break
        }
        guard arguments.positional.isEmpty, arguments.named.isEmpty else {
            throw failure("the test '\(name)' takes no arguments")
        }
        return try applyPlainTest(name, to: value)
    }

    private static let comparisonTests: [String: ComparisonOperation] = [
        "eq": .equal, "equalto": .equal, "==": .equal, "ne": .notEqual, "!=": .notEqual, "lt": .less, "lessthan": .less,
        "<": .less, "le": .lessOrEqual, "<=": .lessOrEqual, "gt": .greater, "greaterthan": .greater, ">": .greater,
        "ge": .greaterOrEqual, ">=": .greaterOrEqual, "in": .contained,
    ]

    private func onlyArgument(_ arguments: CallArguments, of name: String) throws -> RuntimeValue {
        guard arguments.named.isEmpty, arguments.positional.count == 1 else {
            throw failure("the test '\(name)' takes one argument")
        }
        return arguments.positional[0]
    }

    private func isZero(_ value: RuntimeValue) throws -> Bool { try isEqual(value, .int(0)) }

    /// Python's `is`, as far as templates can tell: equal values of one plain type, or the very same container.
    private func isSame(_ left: RuntimeValue, _ right: RuntimeValue) throws -> Bool {
        switch (left, right) {
        case (.list(let first), .list(let second)), (.tuple(let first), .tuple(let second)): return first === second
        case (.dictionary(let first), .dictionary(let second)): return first === second
        default: return left.typeName == right.typeName ? try isEqual(left, right) : false
        }
    }

    private func applyPlainTest(_ name: String, to value: RuntimeValue) throws -> Bool {
        switch (name, value) {
        case ("defined", _): return !value.isUndefined
        case ("undefined", _): return value.isUndefined
        case ("none", .none): return true
        case ("true", .bool(let value)): return value
        case ("false", .bool(let value)): return !value
        case ("boolean", .bool), ("integer", .int), ("float", .float), ("string", .string), ("mapping", .dictionary):
            return true
        case ("number", _): return value.number != nil
        case ("callable", .callable), ("callable", .undefined), ("callable", .loop): return true
        case ("even", _): return try isZero(try calculate(.remainder, value, .int(2)))
        case ("odd", _): return try isEqual(try calculate(.remainder, value, .int(2)), .int(1))
        case ("sequence", _): return isSequence(value)
        case ("iterable", _): return isIterable(value)
        case ("lower", _), ("upper", _):
            let text = try text(value)
            try charge(text.utf8.count)
            let unwanted = name == "lower" ? \Unicode.Scalar.Properties.isUppercase : \.isLowercase
            let cased = text.unicodeScalars.filter { $0.properties.isCased }
            return !cased.isEmpty && !cased.contains { $0.properties[keyPath: unwanted] }
        case ("filter", _): return Self.filterNames.contains(try text(value))
        case ("test", _): return Self.testNames.contains(try text(value))
        case ("escaped", _): return false
        default:
            if Self.testNames.contains(name) { return false }
            throw failure("there is no test '\(name)'")
        }
    }

    static let testNames: Set<String> = Set(comparisonTests.keys).union([
        "divisibleby", "sameas", "defined", "undefined", "none", "true", "false", "boolean", "integer", "float",
        "string", "mapping", "number", "callable", "even", "odd", "sequence", "iterable", "lower", "upper", "filter",
        "test", "escaped",
    ])

    private func isSequence(_ value: RuntimeValue) -> Bool {
        switch value {
        case .string, .list, .tuple, .dictionary, .range, .undefined: true
        default: false
        }
    }

    private func isIterable(_ value: RuntimeValue) -> Bool {
        switch value {
        case .string, .list, .tuple, .dictionary, .range, .undefined, .view, .iterator, .loop: true
        default: false
        }
    }
}
