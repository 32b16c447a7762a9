public import TandemModels

/// Whether texts bring what a small model reads of its large one, so that the large one need not read them in every step.
///
///     let stored = StoredStates(for: configuration, needsTeacher: true, in: [data, heldOutData])
///     stored.origin       // .stored if nothing is missing
///     stored.complaint    // answers/shard-00000.tokens lacks the hidden states 28 and 30.
public struct StoredStates: Sendable, Equatable {
    /// What is missing with one text.
    public struct Gap: Sendable, Equatable {
        /// The text, as messages name it.
        public let text: String
        /// Hidden states that are read and not stored, ascending.
        public let states: [Int]
        /// Whether the large model's probabilities are wanted and not there.
        public let lacksProbabilities: Bool
    }

    /// The hidden states that the small model reads, ascending.
    public let needed: [Int]
    /// Every text that lacks something.
    public let gaps: [Gap]
    /// Whether some text has hidden states beside it: somebody has meant them to be used.
    public let hasSome: Bool

    /// Looks at what lies beside texts.
    ///
    /// - Parameters:
    ///   - configuration: The small model's shape, which says what it reads.
    ///   - needsTeacher: Whether the large model's probabilities are wanted, too.
    ///   - texts: What is learnt, and what is measured on.
    public init(for configuration: TandemConfiguration, needsTeacher: Bool, in texts: [TrainingData]) {
        needed = configuration.capturedStates.sorted()
        hasSome = texts.contains { !$0.hasStates.isEmpty }
        gaps = texts.compactMap { text in
            let states = configuration.capturedStates.subtracting(text.hasStates).sorted()
            let lacksProbabilities = needsTeacher && text.topCount == nil
            guard !states.isEmpty || lacksProbabilities else { return nil }
            return Gap(text: text.name, states: states, lacksProbabilities: lacksProbabilities)
        }
    }

    /// Where states can come from without asking for anything new.
    public var origin: StateOrigin { gaps.isEmpty ? .stored : .recomputed }

    /// What is missing, in a sentence; nil if nothing is.
    public var complaint: String? {
        guard !gaps.isEmpty else { return nil }
        let sentences = gaps.map { gap in
            var missing: [String] = []
            if let state = gap.states.first, gap.states.count == 1 { missing.append("the hidden state \(state)") }
            if gap.states.count > 1 { missing.append("the hidden states " + Self.list(gap.states)) }
            if gap.lacksProbabilities { missing.append("the large model's probabilities") }
            return "\(gap.text) lacks \(missing.joined(separator: ", and "))."
        }
        return sentences.joined(separator: " ")
    }

    /// How to have everything stored, in a sentence.
    public var remedy: String {
        let states = needed.map { " --state \($0)" }.joined()
        return "Have them stored by tandem distill" + (states.isEmpty ? "." : " with '--states store\(states)'.")
    }

    private static func list(_ states: [Int]) -> String {
        let numbers = states.map(String.init)
        return numbers.dropLast().joined(separator: ", ") + " and " + (numbers.last ?? "")
    }
}
