/// A `for` as it runs, and what templates see of it as `loop`. Elements that a filter refuses are left out; it is asked
/// as late as possible, since it may depend on what the body does.
final class LoopState {
    private var elements: [RuntimeValue]
    private var nextIndex = 0
    private var peeked: RuntimeValue?
    private var filter: ((RuntimeValue) throws -> Bool)?
    private var knownCount: Int?
    private(set) var previous: RuntimeValue?
    private(set) var current: RuntimeValue?
    /// Passes before the current one.
    private(set) var index = -1
    let depth: Int
    /// What `loop.changed` saw last.
    var lastSeen: [RuntimeValue]?

    init(_ elements: [RuntimeValue], filter: ((RuntimeValue) throws -> Bool)?) {
        self.elements = elements
        self.filter = filter
        depth = (elements.lazy.map(\.depth).max() ?? 0) + 1
        if filter == nil { knownCount = elements.count }
    }

    private func take() throws -> RuntimeValue? {
        while nextIndex < elements.count {
            let element = elements[nextIndex]
            nextIndex += 1
            if try filter?(element) ?? true { return element }
        }
        return nil
    }

    func advance() throws -> RuntimeValue? {
        let next = try peek()
        peeked = nil
        guard let next else { return nil }
        previous = current
        current = next
        index += 1
        return next
    }

    /// The element of the next pass.
    func peek() throws -> RuntimeValue? {
        if peeked == nil { peeked = try take() }
        return peeked
    }

    /// All passes, past and to come.
    func count() throws -> Int {
        if let knownCount { return knownCount }
        var rest: [RuntimeValue] = []
        if let peeked { rest.append(peeked) }
        while let element = try take() { rest.append(element) }
        peeked = nil
        elements = rest
        nextIndex = 0
        filter = nil
        knownCount = index + 1 + rest.count
        return index + 1 + rest.count
    }

    /// Lets go of what the filter holds.
    func finish() { filter = nil }

    /// The attribute of `loop` by that name; nil where there is none.
    func attribute(_ name: String) throws -> RuntimeValue? {
        switch name {
        case "index": return .int(index + 1)
        case "index0": return .int(index)
        case "revindex": return .int(try count() - index)
        case "revindex0": return .int(try count() - index - 1)
        case "first": return .bool(index == 0)
        case "last": return .bool(try peek() == nil)
        case "length": return .int(try count())
        // Depths count recursive loops, which there are none of.
        case "depth": return .int(1)
        case "depth0": return .int(0)
        case "previtem": return previous ?? .undefined("there is no previous item")
        case "nextitem": return try peek() ?? .undefined("there is no next item")
        case "cycle", "changed": return .callable(.method(.loop(self), name))
        default: return nil
        }
    }
}
