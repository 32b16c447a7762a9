/// The values that a call hands over.
struct CallArguments {
    var positional: [RuntimeValue] = []
    var named: [(name: String, value: RuntimeValue)] = []

    /// The values in the order of the names of the parameters; nil for those that were not given.
    func bound(
        to names: [String], requiredCount: Int, callee: String, _ renderer: TemplateRenderer
    ) throws -> [RuntimeValue?] {
        guard positional.count <= names.count else {
            throw renderer.failure("\(callee) takes at most \(names.count) arguments, not \(positional.count)")
        }
        var bound: [RuntimeValue?] = positional + Array(repeating: nil, count: names.count - positional.count)
        for (name, value) in named {
            try renderer.charge(names.count / 8)
            guard let position = names.firstIndex(of: name) else {
                throw renderer.failure("\(callee) has no parameter '\(name)'")
            }
            guard bound[position] == nil else { throw renderer.failure("\(callee) is given '\(name)' twice") }
            bound[position] = value
        }
        for (name, value) in zip(names, bound).prefix(requiredCount) where value == nil {
            throw renderer.failure("\(callee) needs the argument '\(name)'")
        }
        return bound
    }
}
