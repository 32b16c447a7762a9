/// Calls of macros, functions and methods.
extension TemplateRenderer {
    func call(_ callee: RuntimeValue, _ arguments: CallArguments, caller: RuntimeValue?) throws -> RuntimeValue {
        switch callee {
        case .callable(.macro(let macro)): return try nested { try call(macro, arguments, caller: caller) }
        case .callable(.function(let function)): return try call(function, arguments)
        case .callable(.method(let receiver, let name)): return try callMethod(name, of: receiver, arguments)
        case .undefined(let reason): throw failure(reason)
        default: throw failure("a value of the type \(callee.typeName) cannot be called")
        }
    }

    private func call(_ function: GlobalFunction, _ arguments: CallArguments) throws -> RuntimeValue {
        switch function {
        case .range: return .range(try range(arguments))
        case .namespace, .dict:
            let pairs = try pairs(arguments, callee: function.rawValue)
            guard function == .namespace else { return try dictionary(pairs) }
            return try namespace(pairs.map { (try text($0.0), $0.1) })
        case .raiseException:
            let bound = try arguments.bound(to: ["message"], requiredCount: 1, callee: function.rawValue, self)
            throw failure(try text(bound[0] ?? .none), kind: .refused)
        case .formattedNow:
            let bound = try arguments.bound(to: ["format"], requiredCount: 1, callee: function.rawValue, self)
            guard case .string(let pattern)? = bound[0] else { throw failure("strftime_now needs a pattern") }
            try charge(text: pattern)
            return .string(now?.formatted(pattern) ?? "")
        }
    }

    /// The sandbox's longest range.
    private static let rangeLimit = 100_000

    private func range(_ arguments: CallArguments) throws -> ValueRange {
        guard arguments.named.isEmpty, (1...3).contains(arguments.positional.count) else {
            throw failure("range takes one to three numbers")
        }
        let numbers = try arguments.positional.map { value in
            guard let number = value.wholeNumber else {
                throw failure("range takes whole numbers, not \(value.typeName)")
            }
            return number
        }
        let start = numbers.count == 1 ? 0 : numbers[0]
        let end = numbers.count == 1 ? numbers[0] : numbers[1]
        let step = numbers.count == 3 ? numbers[2] : 1
        guard step != 0 else { throw failure("range's step cannot be zero") }
        let (distance, overflows) = end.subtractingReportingOverflow(start)
        guard !overflows, distance != .min, step != .min else { throw failure("the range is too long", kind: .limit) }
        if distance == 0 || (distance < 0) != (step < 0) {
            return ValueRange(start: start, end: end, step: step, count: 0)
        }
        let count = (abs(distance) - 1) / abs(step) + 1
        guard count <= Self.rangeLimit else {
            throw failure("a range may have at most \(Self.rangeLimit) numbers", kind: .limit)
        }
        return ValueRange(start: start, end: end, step: step, count: count)
    }

    /// The arguments of `dict` and `namespace`: perhaps a dictionary or pairs, then names with values.
    private func pairs(_ arguments: CallArguments, callee: String) throws -> [(RuntimeValue, RuntimeValue)] {
        guard arguments.positional.count <= 1 else {
            throw failure("\(callee) takes at most one argument without a name")
        }
        var pairs: [(RuntimeValue, RuntimeValue)] = []
        if case .dictionary(let dictionary)? = arguments.positional.first {
            pairs = Array(zip(dictionary.keys, dictionary.values))
        } else if let first = arguments.positional.first {
            pairs = try iterate(first).map { pair in
                let parts = try iterate(pair)
                guard parts.count == 2 else { throw failure("\(callee) takes pairs of keys and values") }
                return (parts[0], parts[1])
            }
        }
        return pairs + arguments.named.map { (.string($0.name), $0.value) }
    }
}
