extension TemplateRenderer {
    func evaluate(_ expression: TemplateExpression, in scope: VariableScope) throws -> RuntimeValue {
        // Leaves first: they need no level of their own.
        switch expression {
        case .constant(let value): return constant(value)
        case .name(let name): return scope.value(of: name) ?? .undefined("'\(name)' is undefined")
        default: return try nested { try evaluateCompound(expression, in: scope) }
        }
    }

    private func constant(_ value: TemplateValue) -> RuntimeValue {
        switch value {
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .float(let value): .float(value)
        case .string(let text): .string(text)
        case .none, .list, .dictionary: .none
        }
    }

    private func evaluateCompound(_ expression: TemplateExpression, in scope: VariableScope) throws -> RuntimeValue {
        switch expression {
        case .constant, .name: return .none
        case .list(let elements): return try list(elements.map { try evaluate($0, in: scope) })
        case .tuple(let elements): return try tuple(elements.map { try evaluate($0, in: scope) })
        case .dictionary(let pairs):
            return try dictionary(pairs.map { (try evaluate($0.key, in: scope), try evaluate($0.value, in: scope)) })
        case .postfix(let base, let suffixes): return try apply(suffixes, to: try evaluate(base, in: scope), in: scope)
        case .negative(let operand): return try negative(try evaluate(operand, in: scope))
        case .positive(let operand): return try positive(try evaluate(operand, in: scope))
        case .not(let operand): return .bool(!(try evaluate(operand, in: scope).isTrue))
        case .and(let operands): return try firstOf(operands, thatIs: false, in: scope)
        case .or(let operands): return try firstOf(operands, thatIs: true, in: scope)
        case .arithmetic(let first, let rest):
            var result = try evaluate(first, in: scope)
            for (operation, operand) in rest {
                result = try calculate(operation, result, try evaluate(operand, in: scope))
            }
            return result
        case .concatenation(let operands):
            var result = ""
            for operand in operands { try append(text(try evaluate(operand, in: scope)), to: &result) }
            return .string(result)
        case .comparison(let first, let rest): return try compareChain(first, rest, in: scope)
        case .conditional(let test, let then, let otherwise):
            if try evaluate(test, in: scope).isTrue { return try evaluate(then, in: scope) }
            guard let otherwise else { return .undefined("the condition is false and has no 'else'") }
            return try evaluate(otherwise, in: scope)
        }
    }

    /// `or` and `and` return the operand that decides, not whether it is true.
    private func firstOf(
        _ operands: [TemplateExpression], thatIs wanted: Bool, in scope: VariableScope
    ) throws -> RuntimeValue {
        var result = RuntimeValue.none
        for operand in operands {
            result = try evaluate(operand, in: scope)
            if result.isTrue == wanted { break }
        }
        return result
    }

    private func compareChain(
        _ first: TemplateExpression, _ rest: [(operation: ComparisonOperation, operand: TemplateExpression)],
        in scope: VariableScope
    ) throws -> RuntimeValue {
        var left = try evaluate(first, in: scope)
        for (operation, operand) in rest {
            let right = try evaluate(operand, in: scope)
            guard try compare(operation, left, right) else { return .bool(false) }
            left = right
        }
        return .bool(true)
    }

    func apply(_ suffixes: [TemplateSuffix], to base: RuntimeValue, in scope: VariableScope) throws -> RuntimeValue {
        var value = base
        for suffix in suffixes { value = try apply(suffix, to: value, caller: nil, in: scope) }
        return value
    }

    /// Evaluates a call whose last suffix is the call itself, handing `caller` to the macro that it calls.
    func evaluateCall(
        _ call: TemplateExpression, caller: RuntimeValue, in scope: VariableScope
    ) throws -> RuntimeValue {
        guard case .postfix(let base, let suffixes) = call, let last = suffixes.last else {
            return try evaluate(call, in: scope)
        }
        let callee = try apply(Array(suffixes.dropLast()), to: try evaluate(base, in: scope), in: scope)
        return try apply(last, to: callee, caller: caller, in: scope)
    }

    private func apply(
        _ suffix: TemplateSuffix, to value: RuntimeValue, caller: RuntimeValue?, in scope: VariableScope
    ) throws -> RuntimeValue {
        try charge()
        line = suffix.line
        switch suffix.kind {
        case .attribute(let name): return try attribute(name, of: value)
        case .index(let index): return try element(try evaluate(index, in: scope), of: value)
        case .slice(let start, let end, let step):
            let bounds = try [start, end, step].map { try $0.map { try evaluate($0, in: scope) } ?? .none }
            return try slice(value, from: bounds[0], to: bounds[1], by: bounds[2])
        case .call(let arguments):
            return try call(value, try evaluate(arguments, in: scope), caller: caller)
        case .filter(let name, let arguments):
            return try applyFilter(name, to: value, try evaluate(arguments, in: scope))
        case .test(let name, let arguments, let isNegated):
            return .bool(try applyTest(name, to: value, try evaluate(arguments, in: scope)) != isNegated)
        }
    }

    private func evaluate(_ arguments: TemplateArguments, in scope: VariableScope) throws -> CallArguments {
        var result = CallArguments()
        for expression in arguments.positional { result.positional.append(try evaluate(expression, in: scope)) }
        for (name, expression) in arguments.named { result.named.append((name, try evaluate(expression, in: scope))) }
        if let unpacked = arguments.unpacked { result.positional += try iterate(try evaluate(unpacked, in: scope)) }
        if let unpacked = arguments.unpackedNamed {
            guard case .dictionary(let dictionary) = try evaluate(unpacked, in: scope) else {
                throw failure("only a dictionary can stand behind '**'")
            }
            for (key, value) in zip(dictionary.keys, dictionary.values) {
                guard case .string(let name) = key else { throw failure("the names of arguments must be text") }
                try charge(result.named.count / 8)
                guard !result.named.contains(where: { $0.name == name }) else {
                    throw failure("the argument '\(name)' is given twice")
                }
                result.named.append((name, value))
            }
        }
        return result
    }
}
