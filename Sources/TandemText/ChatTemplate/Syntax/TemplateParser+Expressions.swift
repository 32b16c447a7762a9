/// Expressions, loosest rank first: `if else`, `or`, `and`, `not`, comparisons, `+ -`, `~`, `* / // %`, `**`, signs,
/// and what stands behind a value. (That `~` binds tighter than `+` and `**` is read from the left is Jinja's way.)
extension TemplateParser {
    mutating func expression(allowsConditional: Bool = true) throws -> TemplateExpression {
        try nested { parser in
            allowsConditional ? try parser.conditionalExpression() : try parser.disjunction()
        }
    }

    /// One expression, or several with commas between them, which are a tuple.
    mutating func tuple(allowsConditional: Bool = true, isInBrackets: Bool = false) throws -> TemplateExpression {
        var elements: [TemplateExpression] = []
        var isTuple = false
        while !isTupleEnd {
            elements.append(try expression(allowsConditional: allowsConditional))
            guard skip(symbol: ",") else { break }
            isTuple = true
        }
        if isTuple { return .tuple(elements) }
        if let only = elements.first { return only }
        guard isInBrackets else { throw failure("an expression is expected, not \(current.description)") }
        return .tuple([])
    }

    private var isTupleEnd: Bool {
        switch current.kind {
        case .outputEnd, .blockEnd, .symbol(")"), .end: true
        default: false
        }
    }

    private mutating func conditionalExpression() throws -> TemplateExpression {
        let first = try disjunction()
        guard skip(name: "if") else { return first }
        var result = TemplateExpression.conditional(test: try disjunction(), then: first, otherwise: nil)
        if skip(name: "else") {
            guard case .conditional(let test, let then, _) = result else { return result }
            result = .conditional(
                test: test, then: then, otherwise: try nested { try $0.conditionalExpression() })
        }
        // `a if b if c` reads as `(a if b) if c`.
        if current.kind == .name("if") { throw failure("a second 'if' needs brackets") }
        return result
    }

    private mutating func disjunction() throws -> TemplateExpression {
        var operands = [try conjunction()]
        while skip(name: "or") { operands.append(try conjunction()) }
        return operands.count == 1 ? operands[0] : .or(operands)
    }

    private mutating func conjunction() throws -> TemplateExpression {
        var operands = [try negation()]
        while skip(name: "and") { operands.append(try negation()) }
        return operands.count == 1 ? operands[0] : .and(operands)
    }

    private mutating func negation() throws -> TemplateExpression {
        guard skip(name: "not") else { return try comparison() }
        return .not(try nested { try $0.negation() })
    }

    private mutating func comparison() throws -> TemplateExpression {
        let first = try arithmetic(rank: 0)
        var rest: [(operation: ComparisonOperation, operand: TemplateExpression)] = []
        while let operation = comparisonOperation() { rest.append((operation, try arithmetic(rank: 0))) }
        return rest.isEmpty ? first : .comparison(first, rest)
    }

    private mutating func comparisonOperation() -> ComparisonOperation? {
        switch current.kind {
        case .symbol(let symbol):
            guard let operation = ComparisonOperation(rawValue: symbol) else { return nil }
            next()
            return operation
        case .name("in"):
            next()
            return .contained
        case .name("not") where peek().kind == .name("in"):
            next()
            next()
            return .notContained
        default: return nil
        }
    }

    private static let ranks: [Set<String>] = [["+", "-"], ["~"], ["*", "/", "//", "%"], ["**"]]

    private mutating func arithmetic(rank: Int) throws -> TemplateExpression {
        guard rank < Self.ranks.count else { return try unary(allowsFilters: true) }
        let first = try arithmetic(rank: rank + 1)
        var operands: [TemplateExpression] = []
        var rest: [(operation: ArithmeticOperation, operand: TemplateExpression)] = []
        while case .symbol(let symbol) = current.kind, Self.ranks[rank].contains(symbol) {
            next()
            let operand = try arithmetic(rank: rank + 1)
            if let operation = ArithmeticOperation(rawValue: symbol) {
                rest.append((operation, operand))
            } else {
                operands.append(operand)
            }
        }
        if !operands.isEmpty { return .concatenation([first] + operands) }
        return rest.isEmpty ? first : .arithmetic(first, rest)
    }

    private mutating func unary(allowsFilters: Bool) throws -> TemplateExpression {
        let base: TemplateExpression
        switch current.kind {
        case .symbol("-"):
            next()
            base = .negative(try nested { try $0.unary(allowsFilters: false) })
        case .symbol("+"):
            next()
            base = .positive(try nested { try $0.unary(allowsFilters: false) })
        default: base = try primary()
        }
        let suffixes = try suffixes(allowsFilters: allowsFilters)
        return suffixes.isEmpty ? base : .postfix(base, suffixes)
    }

    private mutating func primary() throws -> TemplateExpression {
        let token = current
        switch token.kind {
        case .name(let name):
            next()
            switch name {
            case "true", "True": return .constant(.bool(true))
            case "false", "False": return .constant(.bool(false))
            case "none", "None": return .constant(.none)
            default: return .name(name)
            }
        case .string(var text):
            next()
            while case .string(let more) = current.kind {
                text += more
                next()
            }
            return .constant(.string(text))
        case .integer(let value):
            next()
            return .constant(.int(value))
        case .float(let value):
            next()
            return .constant(.float(value))
        case .symbol("("):
            next()
            let inner = try tuple(isInBrackets: true)
            try expect(.symbol(")"))
            return inner
        case .symbol("["):
            next()
            return .list(try elements(until: "]") { try $0.expression() })
        case .symbol("{"):
            next()
            return .dictionary(
                try elements(until: "}") { parser in
                    let key = try parser.expression()
                    try parser.expect(.symbol(":"))
                    return (key, try parser.expression())
                })
        default: throw failure("an expression is expected, not \(token.description)")
        }
    }

    private mutating func elements<Element>(
        until end: String, read: (inout TemplateParser) throws -> Element
    ) throws -> [Element] {
        var elements: [Element] = []
        while !skip(symbol: end) {
            if !elements.isEmpty {
                try expect(.symbol(","))
                if skip(symbol: end) { break }
            }
            elements.append(try read(&self))
        }
        return elements
    }

    private mutating func suffixes(allowsFilters: Bool) throws -> [TemplateSuffix] {
        var suffixes: [TemplateSuffix] = []
        // Behind the first filter or test, only filters, tests and calls may follow.
        var hasFilter = false
        while true {
            let line = current.line
            switch current.kind {
            case .symbol(".") where !hasFilter:
                next()
                suffixes.append(TemplateSuffix(kind: try attribute(), line: line))
            case .symbol("[") where !hasFilter:
                next()
                suffixes.append(TemplateSuffix(kind: try subscription(), line: line))
            case .symbol("("): suffixes.append(TemplateSuffix(kind: .call(try arguments()), line: line))
            case .symbol("|") where allowsFilters:
                hasFilter = true
                next()
                suffixes.append(try filter())
            case .name("is") where allowsFilters:
                hasFilter = true
                next()
                suffixes.append(try test(line: line))
            default: return suffixes
            }
        }
    }

    private mutating func attribute() throws -> TemplateSuffix.Kind {
        if case .integer(let index) = current.kind {
            next()
            return .index(.constant(.int(index)))
        }
        return .attribute(try expectName())
    }

    private mutating func subscription() throws -> TemplateSuffix.Kind {
        let parts = try elements(until: "]") { try $0.subscriptPart() }
        if parts.count == 1 { return parts[0] }
        let indices = parts.compactMap { part in
            if case .index(let index) = part { index } else { nil }
        }
        guard indices.count == parts.count, !parts.isEmpty else { throw failure("this subscript is not supported") }
        return .index(.tuple(indices))
    }

    private mutating func subscriptPart() throws -> TemplateSuffix.Kind {
        var bounds: [TemplateExpression?] = [nil, nil, nil]
        var colonCount = 0
        while current.kind != .symbol("]"), current.kind != .symbol(",") {
            if colonCount < 2, skip(symbol: ":") {
                colonCount += 1
            } else if bounds[colonCount] == nil {
                bounds[colonCount] = try expression()
            } else {
                throw failure("']' is expected, not \(current.description)")
            }
        }
        if colonCount > 0 { return .slice(start: bounds[0], end: bounds[1], step: bounds[2]) }
        guard let index = bounds[0] else { throw failure("an expression is expected in the subscript") }
        return .index(index)
    }

    mutating func arguments() throws -> TemplateArguments {
        try expect(.symbol("("))
        var arguments = TemplateArguments()
        var names: Set<String> = []
        var isFirst = true
        while !skip(symbol: ")") {
            if !isFirst {
                try expect(.symbol(","))
                if skip(symbol: ")") { break }
            }
            isFirst = false
            guard arguments.unpackedNamed == nil else { throw failure("'**' must be the last argument") }
            if skip(symbol: "*") {
                guard arguments.unpacked == nil else { throw failure("'*' may stand only once") }
                arguments.unpacked = try expression()
            } else if skip(symbol: "**") {
                arguments.unpackedNamed = try expression()
            } else if case .name(let name) = current.kind, peek().kind == .symbol("=") {
                next()
                next()
                guard names.insert(name).inserted else {
                    throw failure("the argument '\(name)' is given twice")
                }
                arguments.named.append((name, try expression()))
            } else {
                guard arguments.named.isEmpty, arguments.unpacked == nil else {
                    throw failure("an argument without a name follows one with a name")
                }
                arguments.positional.append(try expression())
            }
        }
        return arguments
    }

    private mutating func dottedName() throws -> String {
        var name = try expectName()
        while skip(symbol: ".") { name += "." + (try expectName()) }
        return name
    }

    private mutating func filter() throws -> TemplateSuffix {
        let line = current.line
        let name = try dottedName()
        let arguments = current.kind == .symbol("(") ? try arguments() : TemplateArguments()
        return TemplateSuffix(kind: .filter(name, arguments), line: line)
    }

    /// Filters in a row, for `filter` and block `set`.
    mutating func filters(startsInline: Bool) throws -> [TemplateSuffix] {
        var filters: [TemplateSuffix] = []
        if startsInline { filters.append(try filter()) }
        while skip(symbol: "|") { filters.append(try filter()) }
        return filters
    }

    private mutating func test(line: Int) throws -> TemplateSuffix {
        let isNegated = skip(name: "not")
        let name = try dottedName()
        var arguments = TemplateArguments()
        switch current.kind {
        case .symbol("("): arguments = try self.arguments()
        case .name("else"), .name("or"), .name("and"): break
        case .name("is"): throw failure("tests cannot be chained with 'is'")
        case .name, .string, .integer, .float, .symbol("["), .symbol("{"):
            let base = try nested { try $0.primary() }
            let suffixes = try suffixes(allowsFilters: false)
            arguments.positional = [suffixes.isEmpty ? base : .postfix(base, suffixes)]
        default: break
        }
        return TemplateSuffix(kind: .test(name, arguments, isNegated: isNegated), line: line)
    }
}
