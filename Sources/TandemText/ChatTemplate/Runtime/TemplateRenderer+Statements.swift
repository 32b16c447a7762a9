extension TemplateRenderer {
    /// How a body ended.
    enum Flow {
        case normal
        case breakLoop
        case continueLoop
    }

    func execute(_ body: [TemplateStatement], in scope: VariableScope) throws -> Flow {
        try nested {
            for statement in body {
                let flow = try execute(statement, in: scope)
                if flow != .normal { return flow }
            }
            return .normal
        }
    }

    private func execute(_ statement: TemplateStatement, in scope: VariableScope) throws -> Flow {
        switch statement {
        case .text(let text): try emit(text)
        case .output(let expression, let line):
            self.line = line
            try emit(text(try evaluate(expression, in: scope)))
        case .conditional(let branches, let otherwise): return try choose(branches, otherwise: otherwise, in: scope)
        case .loop(let loop): return try run(loop, in: scope)
        case .assign(let target, let expression, let line):
            self.line = line
            try assign(try evaluate(expression, in: scope), to: target, in: scope)
        case .assignBlock(let target, let filters, let body, let line):
            let (value, flow) = try filtered(body, by: filters, line: line, in: scope)
            if flow == .normal { try assign(value, to: target, in: scope) }
            return flow
        case .macro(let macro): scope.set(macro.name, to: self.macro(macro, in: scope))
        case .callBlock(let call, let body, let line):
            self.line = line
            try emit(text(try evaluateCall(call, caller: macro(body, in: scope), in: scope)))
        case .filterBlock(let filters, let body, let line):
            let (value, flow) = try filtered(body, by: filters, line: line, in: scope)
            try emit(text(value))
            return flow
        case .scoped(let variables, let body, let line):
            self.line = line
            let inner = VariableScope(parent: scope)
            for (target, expression) in variables {
                try assign(try evaluate(expression, in: scope), to: target, in: inner)
            }
            return try execute(body, in: inner)
        case .breakLoop: return .breakLoop
        case .continueLoop: return .continueLoop
        }
        return .normal
    }

    private func choose(
        _ branches: [TemplateBranch], otherwise: [TemplateStatement], in scope: VariableScope
    ) throws -> Flow {
        for branch in branches {
            line = branch.line
            if try evaluate(branch.test, in: scope).isTrue { return try execute(branch.body, in: scope) }
        }
        return otherwise.isEmpty ? .normal : try execute(otherwise, in: scope)
    }

    private func run(_ loop: TemplateLoop, in scope: VariableScope) throws -> Flow {
        line = loop.line
        let elements = try iterate(try evaluate(loop.iterable, in: scope))
        let state = LoopState(elements, filter: filter(of: loop, in: scope))
        defer { state.finish() }
        // As Jinja compiles it, `else` runs unless some pass came to its end.
        var hasFinishedPass = false
        while let element = try state.advance() {
            try chargeIteration()
            let inner = VariableScope(parent: scope)
            inner.set("loop", to: .loop(state))
            line = loop.line
            try assign(element, to: loop.target, in: inner)
            switch try execute(loop.body, in: inner) {
            case .normal: hasFinishedPass = true
            case .continueLoop: break
            case .breakLoop: return hasFinishedPass ? .normal : try execute(loop.otherwise, in: scope)
            }
        }
        return hasFinishedPass || loop.otherwise.isEmpty ? .normal : try execute(loop.otherwise, in: scope)
    }

    private func filter(of loop: TemplateLoop, in scope: VariableScope) -> ((RuntimeValue) throws -> Bool)? {
        guard let condition = loop.filter else { return nil }
        return { [self] element in
            try chargeIteration()
            let inner = VariableScope(parent: scope)
            try assign(element, to: loop.target, in: inner)
            return try evaluate(condition, in: inner).isTrue
        }
    }

    /// What a body puts out, after filters.
    private func filtered(
        _ body: [TemplateStatement], by filters: [TemplateSuffix], line: Int, in scope: VariableScope
    ) throws -> (RuntimeValue, Flow) {
        var flow = Flow.normal
        let inner = VariableScope(parent: scope)
        let text = try capture { flow = try execute(body, in: inner) }
        // A loop that is left from inside drops what the body had put out.
        guard flow == .normal else { return (.string(""), flow) }
        self.line = line
        return (try apply(filters, to: .string(text), in: scope), .normal)
    }

    func assign(_ value: RuntimeValue, to target: TemplateTarget, in scope: VariableScope) throws {
        switch target {
        case .name(let name): scope.set(name, to: value)
        case .attribute(let namespaceName, let name):
            guard case .namespace(let namespace)? = scope.value(of: namespaceName) else {
                throw failure("'\(namespaceName)' is not a namespace, so that its attribute cannot be set")
            }
            namespace.set(name, to: value)
        case .tuple(let targets):
            let elements = try iterate(value)
            guard elements.count == targets.count else {
                throw failure("\(elements.count) values cannot be assigned to \(targets.count) names")
            }
            for (target, element) in zip(targets, elements) { try assign(element, to: target, in: scope) }
        }
    }

    /// Calls a macro with values.
    func call(_ value: MacroValue, _ arguments: CallArguments, caller: RuntimeValue?) throws -> RuntimeValue {
        let macro = value.macro
        let scope = VariableScope(parent: value.scope)
        let names = macro.parameters.map(\.name)
        let callLine = line
        let takesCaller = names.contains("caller")
        let bound = try arguments.bound(to: names, requiredCount: 0, callee: "macro '\(macro.name)'", self)
        if let caller, !takesCaller { scope.set("caller", to: caller) }
        for (parameter, given) in zip(macro.parameters, bound) {
            if let given {
                scope.set(parameter.name, to: given)
            } else if parameter.name == "caller", let caller {
                scope.set("caller", to: caller)
            } else if let fallback = parameter.fallback {
                scope.set(parameter.name, to: try evaluate(fallback, in: scope))
            } else {
                scope.set(parameter.name, to: .undefined("the parameter '\(parameter.name)' was not given"))
            }
        }
        let text = try capture { _ = try execute(macro.body, in: scope) }
        line = callLine
        return .string(text)
    }
}
