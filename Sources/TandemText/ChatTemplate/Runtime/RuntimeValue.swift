import TandemJSON

/// A value while a template runs: those of ``TemplateValue``, and what templates make themselves.
///
/// Values never change, namespaces excepted, as in Jinja's immutable sandbox.
enum RuntimeValue {
    /// A variable, key or attribute that is not there, with the sentence that says so.
    case undefined(String)
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    case list(ValueSequence)
    case tuple(ValueSequence)
    case dictionary(ValueDictionary)
    case range(ValueRange)
    /// What can be run through once.
    case iterator(ValueIterator)
    /// A dictionary's keys, values or items.
    case view(ValueSequence)
    case namespace(ValueNamespace)
    case loop(LoopState)
    case callable(Callable)

    /// What Python calls the type.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "NoneType"
        case .bool: "bool"
        case .int: "int"
        case .float: "float"
        case .string: "str"
        case .list: "list"
        case .tuple: "tuple"
        case .dictionary: "dict"
        case .range: "range"
        case .iterator: "generator"
        case .view: "dict view"
        case .namespace: "Namespace"
        case .loop: "LoopContext"
        case .callable: "function"
        }
    }

    /// Whether `if` takes it for true.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let value): value
        case .int(let value): value != 0
        case .float(let value): value != 0
        case .string(let text): !text.utf8.isEmpty
        case .list(let sequence), .tuple(let sequence), .view(let sequence): !sequence.elements.isEmpty
        case .dictionary(let dictionary): !dictionary.keys.isEmpty
        case .range(let range): range.count > 0
        case .iterator, .namespace, .loop, .callable: true
        }
    }

    var isUndefined: Bool {
        if case .undefined = self { true } else { false }
    }

    /// Whole numbers, and truth values, which Python counts among them.
    var wholeNumber: Int? {
        switch self {
        case .int(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    var number: Double? {
        if case .float(let value) = self { value } else { wholeNumber.map(Double.init) }
    }

    var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// How deep containers nest in this value. Kept within limits, so that nothing that walks through a value, its
    /// release included, can exhaust the stack.
    var depth: Int {
        switch self {
        case .list(let sequence), .tuple(let sequence), .view(let sequence): sequence.depth
        case .dictionary(let dictionary): dictionary.depth
        case .iterator(let iterator): iterator.depth
        case .loop(let loop): loop.depth
        case .callable(.method(let receiver, _)): receiver.depth + 1
        case .namespace, .callable: 1
        default: 0
        }
    }
}

/// The elements of a list or a tuple.
final class ValueSequence {
    let elements: [RuntimeValue]
    let depth: Int

    init(_ elements: [RuntimeValue]) {
        self.elements = elements
        depth = (elements.lazy.map(\.depth).max() ?? 0) + 1
    }
}

/// Elements that can be taken once.
final class ValueIterator {
    private var elements: [RuntimeValue]
    let depth: Int

    init(_ elements: [RuntimeValue]) {
        self.elements = elements
        depth = (elements.lazy.map(\.depth).max() ?? 0) + 1
    }

    func takeAll() -> [RuntimeValue] {
        defer { elements = [] }
        return elements
    }

    func takeFirst() -> RuntimeValue? { elements.isEmpty ? nil : elements.removeFirst() }
}

/// A dictionary in the order in which its keys came.
final class ValueDictionary {
    let keys: [RuntimeValue]
    let values: [RuntimeValue]
    private let positions: [ValueKey: Int]
    let depth: Int

    init(_ pairs: [(key: ValueKey, original: RuntimeValue, value: RuntimeValue)]) {
        var keys: [RuntimeValue] = []
        var values: [RuntimeValue] = []
        var positions: [ValueKey: Int] = [:]
        for pair in pairs {
            if let position = positions[pair.key] {
                values[position] = pair.value
            } else {
                positions[pair.key] = keys.count
                keys.append(pair.original)
                values.append(pair.value)
            }
        }
        self.keys = keys
        self.values = values
        self.positions = positions
        depth = (values.lazy.map(\.depth).max() ?? 0) + 1
    }

    subscript(key: ValueKey) -> RuntimeValue? { positions[key].map { values[$0] } }

    subscript(name: String) -> RuntimeValue? { self[.string(ExactString(name))] }
}

/// A key of a dictionary, equal where Python's keys are: 1, 1.0 and True are one key.
enum ValueKey: Hashable {
    case string(ExactString)
    case int(Int)
    case float(Double)
    case none
    case undefined
    case tuple([ValueKey])
    case object(ObjectIdentifier)
}

/// Whole numbers in even steps.
struct ValueRange: Equatable {
    let start: Int
    /// As it was asked for; numbers stop before it.
    let end: Int
    let step: Int
    let count: Int

    /// `count` is small and the last number fits, which the maker checks.
    func element(_ index: Int) -> Int { start + index * step }

    /// Equal are ranges of the same numbers.
    static func == (left: ValueRange, right: ValueRange) -> Bool {
        guard left.count == right.count else { return false }
        return left.count == 0 || (left.start == right.start && (left.count == 1 || left.step == right.step))
    }
}

/// What `namespace()` makes: the one thing that templates can change.
final class ValueNamespace {
    var names: [String] = []
    var attributes: [String: RuntimeValue] = [:]

    func set(_ name: String, to value: RuntimeValue) {
        if attributes.updateValue(value, forKey: name) == nil { names.append(name) }
    }
}

/// What can be called.
enum Callable {
    case macro(MacroValue)
    case function(GlobalFunction)
    indirect case method(RuntimeValue, String)
}

/// A macro with the variables among which it was written.
final class MacroValue {
    let macro: TemplateMacro
    let scope: VariableScope

    init(macro: TemplateMacro, scope: VariableScope) {
        self.macro = macro
        self.scope = scope
    }
}

/// The functions that every template may call.
enum GlobalFunction: String, CaseIterable {
    case range
    case namespace
    case dict
    case raiseException = "raise_exception"
    case formattedNow = "strftime_now"
}

/// Variables of a body, on top of those around it.
final class VariableScope {
    private var variables: [String: RuntimeValue] = [:]
    private var parent: VariableScope?

    init(parent: VariableScope?) { self.parent = parent }

    func value(of name: String) -> RuntimeValue? {
        var scope: VariableScope? = self
        while let current = scope {
            if let value = current.variables[name] { return value }
            scope = current.parent
        }
        return nil
    }

    func set(_ name: String, to value: RuntimeValue) { variables[name] = value }

    /// Lets go of everything, so that macros and the scopes that hold them do not keep each other.
    func clear() {
        variables = [:]
        parent = nil
    }
}
