/// Asks drafters in turn: the first that has an idea guesses.
///
///     ChainDrafter(LookupDrafter(), TandemDrafter(drafting))
///
/// A look-up that matches well costs nothing and is often right for many tokens; where nothing matches, a model guesses.
public struct ChainDrafter: Drafter {
    private var drafters: [any Drafter]

    /// A chain, the first first.
    public init(_ drafters: any Drafter...) { self.drafters = drafters }

    /// Those that any of them wants.
    public var capturedStates: Set<Int> { drafters.reduce(into: []) { $0.formUnion($1.capturedStates) } }

    /// That of the first that has one.
    public var draftModel: (any DraftModel)? { drafters.lazy.compactMap(\.draftModel).first }

    /// Each takes over what the one at its place knew.
    public mutating func resume(_ earlier: any Drafter, count: Int, isShared: Bool) -> Int {
        guard let earlier = earlier as? ChainDrafter, earlier.drafters.count == drafters.count else {
            return capturedStates.isEmpty ? count : 0
        }
        var known = count
        for index in drafters.indices {
            known = min(known, drafters[index].resume(earlier.drafters[index], count: count, isShared: isShared))
        }
        return known
    }

    /// All take note.
    public mutating func confirm(_ tokens: [Int]) throws {
        for index in drafters.indices { try drafters[index].confirm(tokens) }
    }

    /// Those take them that want some.
    public mutating func absorb(_ states: StateRows) throws {
        for index in drafters.indices where !drafters[index].capturedStates.isEmpty {
            try drafters[index].absorb(states)
        }
    }

    /// The first guess that is one.
    public mutating func draft(_ request: DraftRequest) throws -> Proposal {
        for index in drafters.indices {
            let proposal = try drafters[index].draft(request)
            if case .draft(let draft) = proposal, draft.tokens.isEmpty { continue }
            return proposal
        }
        return .draft(Draft())
    }
}
