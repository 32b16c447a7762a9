import TandemJSON

/// Runs a template once, within limits. This file keeps the accounts; what statements, expressions, filters, tests and
/// methods do is in extensions.
final class TemplateRenderer {
    let limits: ChatTemplate.Limits
    let now: CalendarMoment?
    /// The line of what runs, for errors.
    var line = 1
    var output = ""
    private let beginning = ContinuousClock.now
    private var remainingSteps: Int
    /// The clock is read when so few steps are left: a look at it takes as long as a few of them.
    private var stepsAtNextReading: Int
    private var remainingIterations: Int
    private var depth = 0
    private var namespaces: [ValueNamespace] = []
    private var capturedScopes: [VariableScope] = []

    init(limits: ChatTemplate.Limits, now: CalendarMoment?) {
        self.limits = limits
        self.now = now
        remainingSteps = limits.stepCount
        stepsAtNextReading = limits.stepCount
        remainingIterations = limits.loopIterationCount
    }

    func render(_ body: [TemplateStatement], variables: TemplateDictionary) throws -> String {
        // Namespaces and macros can hold each other in circles, and in chains too long to be released by recursion.
        defer {
            for namespace in namespaces { namespace.attributes = [:] }
            for scope in capturedScopes { scope.clear() }
        }
        let globals = VariableScope(parent: nil)
        for function in GlobalFunction.allCases where function != .formattedNow || now != nil {
            globals.set(function.rawValue, to: .callable(.function(function)))
        }
        for entry in variables.entries { globals.set(entry.key, to: try runtimeValue(entry.value)) }
        _ = try execute(body, in: VariableScope(parent: globals))
        return output
    }

    // MARK: Errors and limits

    func failure(_ message: String, kind: ChatTemplateError.Kind = .evaluation) -> ChatTemplateError {
        ChatTemplateError(kind: kind, line: line, message: message)
    }

    private func limitFailure(_ message: String) -> ChatTemplateError { failure(message, kind: .limit) }

    /// Pays for work.
    func charge(_ steps: Int = 1) throws {
        remainingSteps -= steps
        if remainingSteps < 0 { throw limitFailure("the template takes more than \(limits.stepCount) steps") }
        if remainingSteps <= stepsAtNextReading { try readClock() }
    }

    private func readClock() throws {
        stepsAtNextReading = remainingSteps - 256
        guard ContinuousClock.now - beginning < limits.duration else {
            throw limitFailure("the template takes longer than \(limits.duration)")
        }
    }

    func charge(text: String) throws { try charge(text.utf8.count / 64 + 1) }

    func chargeIteration() throws {
        remainingIterations -= 1
        if remainingIterations < 0 {
            throw limitFailure("the template's loops run more than \(limits.loopIterationCount) times")
        }
    }

    /// Runs `work` one level deeper.
    func nested<Result>(_ work: () throws -> Result) throws -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.evaluationDepth else {
            throw limitFailure("evaluation goes deeper than \(limits.evaluationDepth) levels")
        }
        try charge()
        return try work()
    }

    /// Makes sure, before it is made, that a text of so many bytes is not too large.
    func check(byteCount: (partialValue: Int, overflow: Bool)) throws {
        guard !byteCount.overflow, byteCount.partialValue <= limits.outputByteCount else {
            throw limitFailure("a text grows beyond \(limits.outputByteCount) bytes")
        }
        try charge(byteCount.partialValue / 64)
    }

    func append(_ text: String, to target: inout String) throws {
        try check(byteCount: target.utf8.count.addingReportingOverflow(text.utf8.count))
        target += text
    }

    func emit(_ text: String) throws {
        guard output.utf8.count + text.utf8.count <= limits.outputByteCount else {
            throw limitFailure("the output grows beyond \(limits.outputByteCount) bytes")
        }
        try charge(text: text)
        output += text
    }

    /// Runs `work` and returns what it would have put out.
    func capture(_ work: () throws -> Void) throws -> String {
        let outer = output
        output = ""
        defer { output = outer }
        try work()
        return output
    }

    // MARK: Making values

    private func checked(_ value: RuntimeValue, count: Int) throws -> RuntimeValue {
        try charge(count)
        guard value.depth <= limits.valueDepth else {
            throw limitFailure("values nest deeper than \(limits.valueDepth) levels")
        }
        return value
    }

    func list(_ elements: [RuntimeValue]) throws -> RuntimeValue {
        try checked(.list(ValueSequence(elements)), count: elements.count)
    }

    func tuple(_ elements: [RuntimeValue]) throws -> RuntimeValue {
        try checked(.tuple(ValueSequence(elements)), count: elements.count)
    }

    func iterator(_ elements: [RuntimeValue]) throws -> RuntimeValue {
        try checked(.iterator(ValueIterator(elements)), count: elements.count)
    }

    func view(_ elements: [RuntimeValue]) throws -> RuntimeValue {
        try checked(.view(ValueSequence(elements)), count: elements.count)
    }

    func dictionary(_ pairs: [(RuntimeValue, RuntimeValue)]) throws -> RuntimeValue {
        let keyed = try pairs.map { (key: try key($0.0), original: $0.0, value: $0.1) }
        return try checked(.dictionary(ValueDictionary(keyed)), count: pairs.count)
    }

    func namespace(_ pairs: [(String, RuntimeValue)]) throws -> RuntimeValue {
        try charge(pairs.count + 1)
        let namespace = ValueNamespace()
        for (name, value) in pairs { namespace.set(name, to: value) }
        namespaces.append(namespace)
        return .namespace(namespace)
    }

    func macro(_ macro: TemplateMacro, in scope: VariableScope) -> RuntimeValue {
        capturedScopes.append(scope)
        return .callable(.macro(MacroValue(macro: macro, scope: scope)))
    }

    private func runtimeValue(_ value: TemplateValue, depth: Int = 0) throws -> RuntimeValue {
        guard depth < limits.valueDepth else {
            throw ChatTemplateError(
                kind: .limit, line: nil, message: "the input nests deeper than \(limits.valueDepth) levels")
        }
        switch value {
        case .none: return .none
        case .bool(let value): return .bool(value)
        case .int(let value): return .int(value)
        case .float(let value): return .float(value)
        case .string(let text): return .string(text)
        case .list(let elements): return try list(elements.map { try runtimeValue($0, depth: depth + 1) })
        case .dictionary(let entries):
            return try dictionary(
                entries.entries.map { (.string($0.key), try runtimeValue($0.value, depth: depth + 1)) })
        }
    }

    /// The key that a value is in a dictionary.
    func key(_ value: RuntimeValue) throws -> ValueKey {
        try charge()
        switch value {
        case .string(let text):
            try charge(text: text)
            return .string(ExactString(text))
        case .none: return .none
        case .undefined: return .undefined
        case .bool, .int: return .int(value.wholeNumber ?? 0)
        case .float(let number): return Int(exactly: number).map(ValueKey.int) ?? .float(number)
        case .tuple(let sequence): return .tuple(try sequence.elements.map(key))
        case .namespace(let namespace): return .object(ObjectIdentifier(namespace))
        case .iterator(let iterator): return .object(ObjectIdentifier(iterator))
        case .loop(let loop): return .object(ObjectIdentifier(loop))
        case .callable(.macro(let macro)): return .object(ObjectIdentifier(macro))
        default: throw failure("a value of the type \(value.typeName) cannot be a key")
        }
    }
}
