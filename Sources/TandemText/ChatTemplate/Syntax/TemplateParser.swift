/// Builds the tree of a template from its tokens: the statements. Expressions are in an extension.
struct TemplateParser {
    private let tokens: [TemplateToken]
    private var position = 0
    private let limits: ChatTemplate.Limits
    private var depth = 0
    /// Loops around the current place, inside of the innermost macro.
    private var loopDepth = 0

    /// `tokens` ends with `end`.
    init(tokens: [TemplateToken], limits: ChatTemplate.Limits) {
        self.tokens = tokens.isEmpty ? [TemplateToken(kind: .end, line: 1)] : tokens
        self.limits = limits
    }

    mutating func template() throws -> [TemplateStatement] {
        let (body, _) = try body(until: [])
        return body
    }

    // MARK: Tokens

    var current: TemplateToken { tokens[position] }

    func peek(_ distance: Int = 1) -> TemplateToken { tokens[min(position + distance, tokens.count - 1)] }

    @discardableResult
    mutating func next() -> TemplateToken {
        defer { position = min(position + 1, tokens.count - 1) }
        return tokens[position]
    }

    func failure(_ message: String) -> ChatTemplateError {
        ChatTemplateError(kind: .syntax, line: current.line, message: message)
    }

    mutating func skip(symbol: String) -> Bool {
        guard current.kind == .symbol(symbol) else { return false }
        next()
        return true
    }

    mutating func skip(name: String) -> Bool {
        guard current.kind == .name(name) else { return false }
        next()
        return true
    }

    mutating func expect(_ kind: TemplateToken.Kind) throws {
        guard current.kind == kind else {
            let wanted = TemplateToken(kind: kind, line: 0).description
            throw failure("\(wanted) is expected, not \(current.description)")
        }
        next()
    }

    mutating func expectName() throws -> String {
        guard case .name(let name) = current.kind else {
            throw failure("a name is expected, not \(current.description)")
        }
        next()
        return name
    }

    /// Runs `read` one level deeper.
    mutating func nested<Result>(_ read: (inout TemplateParser) throws -> Result) throws -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.syntaxDepth else {
            throw ChatTemplateError(
                kind: .limit, line: current.line, message: "the template nests deeper than \(limits.syntaxDepth) levels"
            )
        }
        return try read(&self)
    }

    // MARK: Statements

    /// Reads statements up to a block tag with one of the names, and that name, but not the rest of the tag.
    mutating func body(until endNames: Set<String>) throws -> (body: [TemplateStatement], end: String) {
        var body: [TemplateStatement] = []
        while true {
            let token = next()
            switch token.kind {
            case .text(let text): body.append(.text(text))
            case .outputBegin:
                body.append(.output(try tuple(), line: token.line))
                try expect(.outputEnd)
            case .blockBegin:
                let line = current.line
                let name = try expectName()
                if endNames.contains(name) { return (body, name) }
                body.append(try nested { try $0.statement(name, line: line) })
                try expect(.blockEnd)
            case .end:
                guard endNames.isEmpty else {
                    throw failure("the template ends where \(Self.list(endNames)) is expected")
                }
                return (body, "")
            default: throw failure("\(token.description) stands outside of tags")
            }
        }
    }

    private static func list(_ names: Set<String>) -> String {
        names.sorted().map { "'\($0)'" }.joined(separator: " or ")
    }

    /// Reads the end of the opening tag, then the body with its closing tag's name.
    private mutating func block(until endName: String) throws -> [TemplateStatement] {
        try expect(.blockEnd)
        return try body(until: [endName]).body
    }

    private mutating func statement(_ name: String, line: Int) throws -> TemplateStatement {
        switch name {
        case "if": return try conditional(line: line)
        case "for": return try loop(line: line)
        case "set": return try assignment(line: line)
        case "macro": return try macro(line: line)
        case "call": return try callBlock(line: line)
        case "filter":
            let filters = try filters(startsInline: true)
            return .filterBlock(filters, body: try block(until: "endfilter"), line: line)
        case "generation": return .scoped([], body: try functionBody(until: "endgeneration"), line: line)
        case "with": return try with(line: line)
        case "print": return .output(try tuple(), line: line)
        case "break", "continue":
            guard loopDepth > 0 else { throw failure("'\(name)' stands outside of a loop") }
            return name == "break" ? .breakLoop : .continueLoop
        case "include", "import", "from", "extends", "block":
            throw failure("'\(name)' needs other templates, which a chat template has not")
        default: throw failure("there is no tag '\(name)'")
        }
    }

    private mutating func conditional(line: Int) throws -> TemplateStatement {
        var branches: [TemplateBranch] = []
        var line = line
        while true {
            let test = try tuple(allowsConditional: false)
            try expect(.blockEnd)
            let (body, end) = try body(until: ["elif", "else", "endif"])
            branches.append(TemplateBranch(test: test, body: body, line: line))
            switch end {
            case "elif": line = current.line
            case "else": return .conditional(branches, otherwise: try block(until: "endif"))
            default: return .conditional(branches, otherwise: [])
            }
        }
    }

    private mutating func loop(line: Int) throws -> TemplateStatement {
        let target = try target(allowsNamespace: false)
        try expect(.name("in"))
        let iterable = try tuple(allowsConditional: false)
        let filter = skip(name: "if") ? try expression() : nil
        if current.kind == .name("recursive") { throw failure("recursive loops are not supported") }
        try expect(.blockEnd)
        loopDepth += 1
        let (body, end) = try body(until: ["else", "endfor"])
        loopDepth -= 1
        let otherwise = end == "else" ? try block(until: "endfor") : []
        return .loop(
            TemplateLoop(
                target: target, iterable: iterable, filter: filter, body: body, otherwise: otherwise, line: line))
    }

    private mutating func assignment(line: Int) throws -> TemplateStatement {
        let target = try target(allowsNamespace: true)
        if skip(symbol: "=") { return .assign(target, try tuple(), line: line) }
        let filters = try filters(startsInline: false)
        return .assignBlock(target, filters: filters, body: try block(until: "endset"), line: line)
    }

    private mutating func target(allowsNamespace: Bool) throws -> TemplateTarget {
        var targets: [TemplateTarget] = []
        var isTuple = false
        while true {
            if skip(symbol: "(") {
                targets.append(try nested { try $0.target(allowsNamespace: allowsNamespace) })
                try expect(.symbol(")"))
            } else {
                let name = try expectName()
                if ["true", "false", "none", "True", "False", "None"].contains(name) {
                    throw failure("'\(name)' cannot be assigned to")
                }
                if allowsNamespace, skip(symbol: ".") {
                    targets.append(.attribute(namespace: name, name: try expectName()))
                } else {
                    targets.append(.name(name))
                }
            }
            guard skip(symbol: ",") else { break }
            isTuple = true
            guard current.kind != .name("in"), current.kind != .symbol("="), current.kind != .symbol(")") else { break }
        }
        return isTuple ? .tuple(targets) : targets[0]
    }

    private mutating func parameters() throws -> [(name: String, fallback: TemplateExpression?)] {
        var parameters: [(name: String, fallback: TemplateExpression?)] = []
        try expect(.symbol("("))
        while !skip(symbol: ")") {
            if !parameters.isEmpty { try expect(.symbol(",")) }
            let name = try expectName()
            if skip(symbol: "=") {
                parameters.append((name, try expression()))
            } else if let last = parameters.last, last.fallback != nil {
                throw failure("the parameter '\(name)' without a default follows one that has a default")
            } else {
                parameters.append((name, nil))
            }
        }
        return parameters
    }

    /// A body that Jinja compiles to a function: loops outside of it cannot be left from inside.
    private mutating func functionBody(until endName: String) throws -> [TemplateStatement] {
        let outerLoopDepth = loopDepth
        loopDepth = 0
        defer { loopDepth = outerLoopDepth }
        return try block(until: endName)
    }

    private mutating func macro(line: Int) throws -> TemplateStatement {
        let name = try expectName()
        let parameters = try parameters()
        return .macro(
            TemplateMacro(name: name, parameters: parameters, body: try functionBody(until: "endmacro"), line: line))
    }

    private mutating func callBlock(line: Int) throws -> TemplateStatement {
        let parameters = current.kind == .symbol("(") ? try parameters() : []
        let call = try expression()
        guard case .postfix(_, let suffixes) = call, case .call? = suffixes.last?.kind else {
            throw failure("a call is expected in 'call'")
        }
        let body = TemplateMacro(
            name: "caller", parameters: parameters, body: try functionBody(until: "endcall"), line: line)
        return .callBlock(call, body: body, line: line)
    }

    private mutating func with(line: Int) throws -> TemplateStatement {
        var variables: [(target: TemplateTarget, value: TemplateExpression)] = []
        while current.kind != .blockEnd {
            if !variables.isEmpty { try expect(.symbol(",")) }
            guard case .name(let name) = current.kind else { throw failure("a name is expected in 'with'") }
            next()
            try expect(.symbol("="))
            variables.append((.name(name), try expression()))
        }
        return .scoped(variables, body: try block(until: "endwith"), line: line)
    }
}
