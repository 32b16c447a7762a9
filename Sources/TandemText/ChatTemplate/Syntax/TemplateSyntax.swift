/// An expression of the template language. Chains of operators and of suffixes are lists, so that the tree is only as
/// deep as its brackets.
indirect enum TemplateExpression: Sendable {
    case constant(TemplateValue)
    case name(String)
    case list([TemplateExpression])
    case tuple([TemplateExpression])
    case dictionary([(key: TemplateExpression, value: TemplateExpression)])
    case postfix(TemplateExpression, [TemplateSuffix])
    case negative(TemplateExpression)
    case positive(TemplateExpression)
    case not(TemplateExpression)
    case and([TemplateExpression])
    case or([TemplateExpression])
    /// Operators of one rank, from left to right.
    case arithmetic(TemplateExpression, [(operation: ArithmeticOperation, operand: TemplateExpression)])
    case concatenation([TemplateExpression])
    case comparison(TemplateExpression, [(operation: ComparisonOperation, operand: TemplateExpression)])
    case conditional(test: TemplateExpression, then: TemplateExpression, otherwise: TemplateExpression?)
}

enum ArithmeticOperation: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case remainder = "%"
    case power = "**"
}

enum ComparisonOperation: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case contained = "in"
    case notContained = "not in"
}

/// What stands behind an expression and is applied to it.
struct TemplateSuffix: Sendable {
    enum Kind: Sendable {
        case attribute(String)
        case index(TemplateExpression)
        case slice(start: TemplateExpression?, end: TemplateExpression?, step: TemplateExpression?)
        case call(TemplateArguments)
        case filter(String, TemplateArguments)
        case test(String, TemplateArguments, isNegated: Bool)
    }

    let kind: Kind
    let line: Int
}

/// The arguments of a call, in source order.
struct TemplateArguments: Sendable {
    var positional: [TemplateExpression] = []
    var named: [(name: String, value: TemplateExpression)] = []
    /// `*list`
    var unpacked: TemplateExpression?
    /// `**dictionary`
    var unpackedNamed: TemplateExpression?
}

/// What `set` and `for` assign to.
indirect enum TemplateTarget: Sendable {
    case name(String)
    case attribute(namespace: String, name: String)
    case tuple([TemplateTarget])
}

/// A piece of a template that does something.
indirect enum TemplateStatement: Sendable {
    case text(String)
    case output(TemplateExpression, line: Int)
    case conditional([TemplateBranch], otherwise: [TemplateStatement])
    case loop(TemplateLoop)
    case assign(TemplateTarget, TemplateExpression, line: Int)
    case assignBlock(TemplateTarget, filters: [TemplateSuffix], body: [TemplateStatement], line: Int)
    case macro(TemplateMacro)
    /// Calls a macro, which gets the body as its `caller`.
    case callBlock(TemplateExpression, body: TemplateMacro, line: Int)
    case filterBlock([TemplateSuffix], body: [TemplateStatement], line: Int)
    /// A body with variables of its own: `with`, and Hugging Face's `generation`.
    case scoped([(target: TemplateTarget, value: TemplateExpression)], body: [TemplateStatement], line: Int)
    case breakLoop
    case continueLoop
}

/// One `if` or `elif`.
struct TemplateBranch: Sendable {
    let test: TemplateExpression
    let body: [TemplateStatement]
    let line: Int
}

/// A `for`.
struct TemplateLoop: Sendable {
    let target: TemplateTarget
    let iterable: TemplateExpression
    let filter: TemplateExpression?
    let body: [TemplateStatement]
    let otherwise: [TemplateStatement]
    let line: Int
}

/// A `macro`, or the body of a `call`.
struct TemplateMacro: Sendable {
    let name: String
    let parameters: [(name: String, fallback: TemplateExpression?)]
    let body: [TemplateStatement]
    let line: Int
}
